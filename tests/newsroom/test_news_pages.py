from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from bhcp_portal.kit.actions import seen_token
from newsroom import actions
from newsroom.models import NewsItem, NewsVersion
from newsroom.models.news import NewsState
from partners.roles import Role
from tests.clock import OnTime
from tests.factories.newsroom import draft, news
from tests.factories.partners import called, partner, person, signed_in

actions = OnTime(actions)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FORM = {"title": "A new clinic", "summary": "It opened in Millom.", "body": "It is **small**."}

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return person("editor@example.org", roles=[Role.NEWS_EDITOR])


@pytest.fixture
def publisher():
    return person("publisher@example.org", roles=[Role.NEWS_PUBLISHER])


def url(name, item):
    return reverse(f"staff:{name}", args=[item.slug])


def test_news_goes_from_a_form_to_the_public_page_and_the_feed(client, editor, publisher):
    client = signed_in(client, editor)
    answer = client.post(reverse("staff:news_add"), FORM)
    item = NewsItem.objects.get()
    assert answer.url == url("news_item", item)
    assert client.get(item.get_absolute_url()).status_code == 404
    seen = {"seen": seen_token(item.versions.get())}
    client.post(url("news_submit", item), seen)
    client = signed_in(client, publisher)
    client.post(url("news_decide", item), {"decision": "approve", **seen})
    client.post(url("news_publish", item), seen)
    page = client.get(item.get_absolute_url()).content.decode()
    assert "It is <strong>small</strong>." in page
    assert "A new clinic" in client.get("/news/").content.decode()
    assert "A new clinic" in client.get("/news/feed/").content.decode()


def test_an_editor_may_neither_approve_nor_publish_nor_withdraw(client, editor):
    item = draft(by=editor, at=NOW).item
    client = signed_in(client, editor)
    for name in ("news_decide", "news_publish", "news_withdraw"):
        assert client.post(url(name, item)).status_code == 403


def test_another_partners_item_is_not_found(client):
    ours, theirs = partner("RTX"), partner("RXL")
    item = draft(by=person(), at=NOW, lead_partner=theirs).item
    client = signed_in(client, person(roles=[(Role.NEWS_PUBLISHER, ours)]))
    assert client.get(url("news_item", item)).status_code == 404
    assert client.post(url("news_submit", item)).status_code == 404


def test_a_person_held_to_one_partner_leads_news_for_that_partner_alone(client):
    ours, theirs = partner("RTX"), partner("RXL")
    client = signed_in(client, person(roles=[(Role.NEWS_EDITOR, ours)]))
    refused = client.post(reverse("staff:news_add"), FORM | {"lead_partner": theirs.pk})
    assert "Choose the partner that leads on this" in refused.content.decode()
    assert not NewsItem.objects.exists()
    client.post(reverse("staff:news_add"), FORM | {"lead_partner": ours.pk})
    assert NewsVersion.objects.get().lead_partner == ours


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "Enter a headline"),
        ("title", "x" * 71, "Headline must be 70 characters or fewer; it has 71"),
        ("summary", "x" * 161, "Summary must be 160 characters or fewer; it has 161"),
        ("body", "", "Enter the text"),
        ("body", "![" * 10_001, "Text must be 20,000 characters or fewer; it has 20,002"),
        ("title", "nul\x00", "paste it as plain text"),
    ],
)
def test_wrong_words_get_a_sentence_and_save_nothing(client, editor, field, value, sentence):
    answer = signed_in(client, editor).post(reverse("staff:news_add"), FORM | {field: value})
    assert sentence in answer.content.decode()
    assert not NewsItem.objects.exists()


def test_a_stale_form_shows_both_texts_and_saves_nothing(client, editor):
    version = draft(by=editor, at=NOW)
    other = person("other@example.org", name="Robin Other")
    actions.edit(version=version, by=other, at=NOW, seen=f"{version.pk}-1", title="Theirs")
    answer = signed_in(client, editor).post(
        url("news_edit", version.item),
        FORM | {"title": "Mine", "seen": f"{version.pk}-1"},
    )
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Robin Other" in text
    assert "Theirs" in text
    assert 'value="Mine"' in text
    version.refresh_from_db()
    assert version.title == "Theirs"


def test_a_replayed_decision_says_how_things_stand(client, editor, publisher):
    item = draft(by=editor, at=NOW).item
    version = item.versions.get()
    actions.submit(version=version, seen=seen_token(version), by=editor, at=NOW)
    client = signed_in(client, publisher)
    decision = {"decision": "approve", "seen": seen_token(item.versions.get())}
    client.post(url("news_decide", item), decision)
    answer = client.post(url("news_decide", item), decision, follow=True)
    assert "This can’t be done now: the item is “approved”" in answer.content.decode()


def test_returning_asks_for_remarks(client, editor, publisher):
    item = draft(by=editor, at=NOW).item
    version = item.versions.get()
    actions.submit(version=version, seen=seen_token(version), by=editor, at=NOW)
    answer = signed_in(client, publisher).post(
        url("news_decide", item), {"decision": "return", "seen": seen_token(item.versions.get())}
    )
    assert "Say what should change" in answer.content.decode()


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<img src=x onerror="alert(1)">',
        "![x](https://elsewhere.example/pixel.png)",
        '<a href="x" onclick="alert(1)">x</a>',
        "<style>body{display:none}</style>",
        "<iframe src=https://elsewhere.example></iframe>",
    ],
)
def test_hostile_markdown_is_neutralised(client, hostile):
    item = news(body=hostile)
    page = client.get(item.get_absolute_url()).content.decode()
    found = Elements(page[page.index("<article") : page.index("</article>")])
    assert not found.tags & {"script", "img", "style", "iframe"}
    assert not [name for name in found.attributes if name.startswith("on")]
    assert [a for a in found.addresses if not a.startswith("/sources/")] == []


class Elements(HTMLParser):
    """The elements, attributes and addresses of a piece of HTML."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.addresses = set(), set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value for name, value in attrs if name in ("href", "src")]


def test_a_withdrawn_item_stays_readable_with_its_reason(client, publisher):
    item = news("Clinic opens")
    signed_in(client, publisher).post(
        url("news_withdraw", item), {"reason": "The clinic never opened."}
    )
    page = client.get(item.get_absolute_url()).content.decode()
    assert "The clinic never opened." in page
    assert "Clinic opens" in page
    past = client.get(item.get_absolute_url() + "?as-at=2018-01-01").content.decode()
    assert "never opened" not in past


def test_news_of_later_is_unknown_on_a_past_day(client):
    item = news("Clinic opens", published_as="2017-06-30")
    assert client.get(f"{item.get_absolute_url()}?as-at=2017-06-29").status_code == 404
    assert client.get(f"{item.get_absolute_url()}?as-at=2017-06-30").status_code == 200
    assert "Clinic opens" not in client.get("/news/?as-at=2017-06-29").content.decode()
    assert "Clinic opens" not in client.get("/news/feed/?as-at=2017-06-29").content.decode()


def test_a_news_page_asks_few_questions_of_the_database(client, django_assert_max_num_queries):
    for number in range(60):
        item = news(f"News {number}")
    with django_assert_max_num_queries(12):
        client.get("/news/")
    with django_assert_max_num_queries(12):
        client.get(item.get_absolute_url())


def test_an_item_names_partners_as_they_were_and_says_what_they_are_called_now(client):
    ccg = partner("01K", "NHS Lancashire North CCG", slug="ccg")
    called(ccg, "NHS Morecambe Bay CCG", begins="2017-04-01", published="2017-03")
    trust = partner("RTX", "The trust")
    for slug, day in (("before", "2015-03-10"), ("after", "2018-03-10")):
        news(slug=slug, published_as=day, partners=[ccg, trust], lead_partner=ccg)
    both = ">NHS Lancashire North CCG (now NHS Morecambe Bay CCG)</a>"
    page = client.get("/news/before/").content.decode()
    # The lead stands under “Led by” alone.
    assert page.count(both) == 1
    assert ">The trust</a>" in page
    then = client.get("/news/before/", {"as-at": "2016-12-31"}).content.decode()
    assert then.count(">NHS Lancashire North CCG</a>") == 1
    assert client.get("/news/after/").content.decode().count(">NHS Morecambe Bay CCG</a>") == 1


def test_what_was_changed_after_it_was_read_is_not_published_unread(client, editor, publisher):
    version = draft(by=editor, at=NOW)
    item, read = version.item, {"seen": seen_token(version)}
    version = actions.edit(version=version, by=editor, at=NOW, **read, title="Changed since")
    version = actions.submit(version=version, seen=seen_token(version), by=editor, at=NOW)
    other = person("other@example.org", roles=[Role.NEWS_PUBLISHER])
    actions.approve(version=version, seen=seen_token(version), by=other, at=NOW)
    answer = signed_in(client, publisher).post(url("news_publish", item), read, follow=True)
    assert "Somebody changed this meanwhile" in answer.text
    assert item.versions.get().state == NewsState.APPROVED


def test_words_about_a_draft_that_is_gone_are_shown_to_be_copied(client, editor, publisher):
    item = news()
    answer = signed_in(client, editor).post(url("news_edit", item), FORM)
    assert answer.status_code == 409
    assert FORM["summary"] in answer.text
    answer = signed_in(client, publisher).post(
        url("news_decide", item), {"decision": "return", "remarks": "Say where."}
    )
    assert answer.status_code == 409
    assert "Say where." in answer.text
    assert client.get(url("news_edit", item)).status_code in (403, 404)


def test_remarks_that_came_too_late_are_not_lost(client, editor, publisher):
    version = draft(by=editor, at=NOW)
    actions.submit(version=version, seen=seen_token(version), by=editor, at=NOW)
    sent = {"decision": "return", "remarks": "Say where.", "seen": "x"}
    answer = signed_in(client, publisher).post(url("news_decide", version.item), sent, follow=True)
    assert "Somebody changed this meanwhile" in answer.text
    assert "What you wrote was not sent: “Say where.”" in answer.text


def test_a_draft_alone_takes_no_public_item_from_its_partner_to_another(client):
    ours, theirs = partner("RTX"), partner("RXL")
    item = news(lead_partner=ours)
    version = actions.revise(item=item, by=person(), at=NOW)
    words = {"title": "Another title", "lead_partner": theirs}
    actions.edit(version=version, seen=seen_token(version), by=person(), at=NOW, **words)
    for whose, status in ((ours, 200), (theirs, 404)):
        signed_in(client, person(roles=[(Role.NEWS_PUBLISHER, whose)]))
        assert client.get(reverse("staff:news_withdraw", args=[item.slug])).status_code == status
