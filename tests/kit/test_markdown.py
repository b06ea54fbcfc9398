"""Markdown that people write: what a page shows of it, and what a form refuses."""

import re
import sys
import threading
import time
from html.parser import HTMLParser

import pytest
from django.core.exceptions import ValidationError
from django.template import engines

from bhcp_portal.kit import markdown
from bhcp_portal.kit.markdown import (
    ATTRIBUTES,
    LONGEST_PARAGRAPH,
    MOST_BYTES,
    MOST_LINES,
    TAGS,
    to_html,
    validate_markdown,
)

SAFE_LINK = re.compile(r"(https?://|mailto:|/(?![/\\]))")


class Seen(HTMLParser):
    """Each tag that a browser would make, with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">a</a>',
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java&#115;cript:alert(1))",
        "[a](&#x6A;avascript&colon;alert(1))",
        "[a](<java\tscript:alert(1)>)",
        "[a](\\x01javascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](vbscript:x) [b](file:///etc/passwd) [c](tel:999)",
        "[a](//evil.example/) [b](/\\evil.example/) [c](/%5Cevil.example/)",
        "[a](https:evil.example) [b](https://) [c](http://[)",
        "[a](relative/page) [b](?q=1) [c](#top)",
        "<javascript:alert(1)>",
        "[a]\n\n[a]: javascript:alert(1)",
        "![a](https://evil.example/x.png) ![b](/static/x.png) ![c](javascript:alert(1))",
        '[a](/x "onmouseover=alert(1)")',
        "| a |\n|:-:|\n| <b style='color:red'>x</b> |",
        "```<style>\nbody { display: none }\n```",
        "# <iframe src=x>",
        "a\x00b <svg/onload=alert(1)>",
    ],
)
def test_nothing_but_plain_tags_and_safe_links_comes_out_of_hostile_words(text):
    for tag, attributes in Seen(to_html(text)).tags:
        assert tag in TAGS
        assert set(attributes) <= {*ATTRIBUTES.get(tag, ()), *(["rel"] if tag == "a" else [])}
        assert "href" not in attributes or SAFE_LINK.match(attributes["href"])


def test_a_picture_is_told_in_words_and_html_is_shown_as_it_was_written():
    html = to_html('![The <new> clinic](https://x.example/y.png)\n\n<b class="x">bold</b>')
    assert "<p>The &lt;new&gt; clinic</p>" in html
    assert '&lt;b class="x"&gt;bold&lt;/b&gt;' in html


@pytest.mark.parametrize(
    ("written", "shown"),
    [("123", "234"), ("3", "2"), ("31", "22"), ("246", "234"), ("2442", "2332"), ("1616", "2323")],
)
def test_headings_begin_at_the_second_level_and_leave_none_out(written, shown):
    html = to_html("\n\n".join("#" * int(level) + " Heading" for level in written))
    assert "".join(re.findall(r"<h(\d)", html)) == shown
    assert re.findall(r"<h(\d)", html) == re.findall(r"</h(\d)", html)


def test_links_to_our_own_pages_keep_the_day_and_others_are_as_written():
    html = to_html(
        "[a](/goals/#x) [b](https://example.org/) [c](mailto:a@example.org)",
        lambda url: f"{url}|2017",
    )
    assert re.findall(r'href="([^"]*)"', html) == [
        "/goals/#x|2017",
        "https://example.org/",
        "mailto:a@example.org",
    ]


def test_lists_headings_and_tables_look_like_those_of_the_design_system():
    html = to_html("# A\n\n- a\n\n3. b\n\n| Day | People |\n|---|--:|\n| Monday | 12 |\n")
    assert '<h2 class="nhsuk-heading-l">A</h2>' in html
    assert '<ul class="nhsuk-list nhsuk-list--bullet">' in html
    assert '<ol start="3" class="nhsuk-list nhsuk-list--number">' in html
    table = '{% nhsuk_table caption="Days" head=head rows=rows scroll=True %}{% endnhsuk_table %}'
    people = {"text": "People", "format": "numeric"}
    component = (
        engines["django"]
        .from_string("{% load nhsuk %}" + table)
        .render({"head": ["Day", people], "rows": [["Monday", "12"]]})
    )
    parts = ("div", "table", "thead", "tbody", "tr", "th", "td")
    ours, theirs = (
        [
            (tag, a.get("class"), a.get("scope"), a.get("role"))
            for tag, a in Seen(each).tags
            if tag in parts
        ]
        for each in (html, component)
    )
    assert ours == theirs


@pytest.mark.parametrize("marks", ["*[a](b[", "_a__", "> ", "|a"])
def test_marks_without_end_are_shown_soon_in_paragraphs_that_are_not_too_long(marks):
    paragraph = (marks * LONGEST_PARAGRAPH)[:LONGEST_PARAGRAPH]
    tenth = "\n\n".join([paragraph] * (MOST_BYTES // LONGEST_PARAGRAPH // 10))
    validate_markdown(tenth)
    began = time.process_time()
    assert to_html(tenth)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# a\n" * (MOST_LINES + 1), "2,001 lines; a page holds 2,000. Shorten it"),
        ("[a][b]\n\n[b]: javascript:alert(1)", "can’t lead to “javascript:alert(1)”"),
        ("é" * (MOST_BYTES // 2) + "e", "100,001 bytes long; a page holds 100,000. Shorten it"),
        (
            "[a](javascript:alert(1))",
            "A link can’t lead to “javascript:alert(1)”. Begin its address",
        ),
        ("[a](www.example.org)", "A link can’t lead to “www.example.org”"),
        ("![The clinic](/x.png)", "A page shows no pictures. Take out the picture “The clinic”."),
    ],
)
def test_what_a_page_would_not_show_is_refused_with_what_to_do(text, sentence):
    with pytest.raises(ValidationError) as refused:
        validate_markdown(text)
    assert sentence in " ".join(refused.value.messages)


def test_what_a_page_shows_is_accepted():
    validate_markdown("# A\n\n[a](/goals/) [b](https://example.org) <c@example.org> <b>html</b>")


def test_the_first_two_who_read_after_a_start_read_the_same(monkeypatch):
    """A parser that gathered its rules at its first use left words out, or gave them twice."""
    before = sys.getswitchinterval()
    found = set()

    def read(both):
        both.wait()
        try:
            found.add(to_html("## A\n\n* b\n\nc *d*"))
        except RuntimeError as error:
            found.add(str(error))

    try:
        sys.setswitchinterval(1e-6)
        for _ in range(200):
            monkeypatch.setattr(markdown, "_published", markdown._parser(markdown.is_safe_link))
            both = threading.Barrier(4)
            readers = [threading.Thread(target=read, args=(both,)) for _ in range(4)]
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join()
    finally:
        sys.setswitchinterval(before)
    assert len(found) == 1
