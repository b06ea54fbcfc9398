"""Whatever is sent, the portal answers with a sentence, never a 500, and saves nothing or all."""

from collections import Counter, deque
from functools import cache
from itertools import cycle
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import resolve, reverse

from bhcp_portal.kit.actions import StaleError, seen_token
from partners.roles import Role, roles_with
from programmes.models import StatusUpdate
from tests.addresses import DOOR, PUBLIC, STAFF, walked
from tests.site.content import client_of, somebody
from tests.site.examples import paths
from tests.site.once import once
from tests.site.reading import query, read

HOSTILE = {
    "odd words": "' OR 1=1; -- <script>alert(1)</script> 100%_\\ {{ request.user }}{% debug %} "
    "\u202eעברית‏ 👩🏽‍⚕️🩺 \ufffd ../../etc/passwd [x](javascript:alert(1))",
    "nothing between": "a\x00b",
    "too long": "x" * 10_000,
    "less than none": "-1",
    "a digit that is none": "²",
    "a number too great": "9" * 40,
    "no number": "NaN",
}
ODD_QUESTIONS = (
    "q=%ff%fe&page=%ff&since=%ff&status=%ff",
    "q=%",
    "q=%00&page=%00&icc=%00&partner=%00",
    "&&&",
    "=",
    "q=a&q=b&page=1&page=2&status=none&status=none",
    ";" * 500,
    "as-at=&as-at=2017-01-01",
)
# Written at each sign-in or request; the rest is what people made.
ON_RECORD = {
    "partners_securityevent",
    "partners_securityeventevent",
    "partners_signin",
    "partners_signinevent",
    "kit_failedattempt",
    "django_session",
    "cache",
}
TOUCHED = (
    """SELECT relname FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"""
)
BIG = 10_000_000
# The addresses that may be asked something.
ASKED = [*walked(PUBLIC), *walked(STAFF)]
# The addresses that take what people send.
WRITTEN_TO = [
    address for address in (*walked(STAFF), *walked(DOOR)) if address.name != "account_logout"
]
each_written = pytest.mark.parametrize("address", WRITTEN_TO, ids=str)

pytestmark = pytest.mark.usefixtures("content")


def visitor(address, **options):
    """A client of somebody who may do what an address does."""
    if address.kind == DOOR:
        is_open = not getattr(address.view, "login_required", True)
        return client_of(None if is_open else somebody("keyholder"), **options)
    permission = address.view.permission
    role = Role.AUDITOR if permission == "any role" else roles_with(permission)[0]
    return client_of(somebody(role, "all"), **options)


def changed():
    """The tables that are not as they were, those of the history too; nothing before was left to stand.

    A session may come and go, and a refused sign-in or page is put on record.
    """
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED)
        touched = {table for (table,) in cursor}
    return {table for table in touched - ON_RECORD if number_of_rows(table) != rows_before()[table]}


def number_of_rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        return cursor.fetchone()[0]


def number_of_all_rows():
    """How many rows each table has that somebody touched since the test began."""
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED)
        touched = {table for (table,) in cursor} - ON_RECORD
    return Counter({table: number_of_rows(table) for table in touched})


@cache
def rows_before():
    """How many rows every table has; asked once, before anything is sent."""
    return {table: number_of_rows(table) for table in connection.introspection.table_names()}


@pytest.fixture(autouse=True)
def _counted(content):
    rows_before()


def sentence(answer):
    """What a page says at its top; our own pages have one heading of the first level. Or the API says."""
    if answer["Content-Type"].startswith("application/json"):
        return answer.json()["error"]["message"]
    assert answer["Content-Type"].startswith("text/html")
    assert answer.text.count("<h1") == 1
    assert "nhsuk-header" in answer.text
    return read("/", answer.status_code, answer.text).text


def post(client, path, sent=None, **kwargs):
    """A POST whose changes are taken back; the answer, and whether anything was saved."""
    with transaction.atomic():
        # What the database refuses must not hide what is counted afterwards.
        with transaction.atomic():
            answer = client.generic("POST", path, **kwargs) if kwargs else client.post(path, sent)
            if answer.streaming:
                # As a server does: only then what was sent is closed.
                answer.getvalue()
        saved = changed()
        transaction.set_rollback(True)
    return answer, saved


# -- reading ------------------------------------------------------------------------------------------


def questions():
    """Pairs of an address and what it can be asked, by the forms and links on its page and our examples."""
    return list(zip(ASKED, _names_of_questions(), strict=True))


@once
def _names_of_questions():
    return [sorted(_names_of_questions_of(address) - {"as-at"}) for address in ASKED]


def _names_of_questions_of(address):
    path, *others = paths(address)
    answer = reader(address).get(path)
    names = {name for other in others for name in query(other)}
    if answer.get("Content-Type", "").startswith("text/html"):
        page = read(path, answer.status_code, answer.text)
        for form in page.forms:
            if form.method == "get" and urlsplit(form.action).path == path:
                names |= {*dict(form.fields), *form.choices}
        links = [link for link in page.addresses() if link.partition("?")[0] == path]
        names |= {name for link in links for name in query(link)}
    return names


def reader(address):
    """A client that may read an address."""
    return Client() if address.kind == PUBLIC else client_of(somebody("superuser"))


@pytest.mark.parametrize("first", range(len(HOSTILE)), ids=HOSTILE)
def test_every_page_stands_every_question(first):
    """A page is asked all at once, each time another word for each name; the API stops at the first it refuses."""
    words = deque(HOSTILE.values())
    words.rotate(-first)
    asked = []
    for address, names in questions():
        pairs = list(zip(names, cycle(words), strict=False))
        if address.route.startswith("api/"):
            asked += [(address, {name: word}) for name, word in pairs]
        elif pairs:
            asked.append((address, dict(pairs)))
    assert len(asked) > 15
    assert _faults_of_answers(asked) == []


def test_a_page_that_asks_nothing_stands_being_asked():
    text = HOSTILE["nothing between"] + HOSTILE["odd words"]
    asked = [(address, {"page": text}) for address, names in questions() if not names]
    assert len(asked) > 20
    assert _faults_of_answers(asked) == []


def _faults_of_answers(asked):
    found = []
    for address, question in asked:
        answer = reader(address).get(paths(address)[0], question)
        name = "&".join(question)
        if answer.status_code not in (200, 302, 400, 404, 405):
            found.append(f"{address}?{name}= answers {answer.status_code}")
        # A table and the API give words as they are; what a browser draws must not.
        drawn = answer.headers.get("Content-Type", "").startswith(("text/html", "image/svg"))
        if drawn and "<script>alert" in answer.text:
            found.append(f"{address}?{name}= says it as it came")
        if address.kind == PUBLIC and answer.cookies:
            found.append(f"{address}?{name}= sets a cookie")
    return found


def test_a_public_page_takes_what_its_forms_and_links_ask_and_no_more():
    public = [(address, names) for address, names in questions() if hasattr(address.view, "takes")]
    assert len(public) > 25
    untaken = {
        str(address): {*names} - {*address.view.takes}
        for address, names in public
        if address.view.takes is not None
    }
    assert {address: names for address, names in untaken.items() if names} == {}


def test_a_page_says_what_it_was_asked_and_does_not_know_and_leaves_it_out():
    known, unknown = {"q": "care"}, {"utm_source": "<b>a</b>", "x" * 60: "1"}
    for path in ("/", "/iccs/kendal/", "/programmes/", "/changes/"):
        answer = Client().get(path, known | unknown if path == "/programmes/" else unknown)
        said = f"asked for “utm_source”, “{'x' * 40}”. This page doesn’t know those, so we left them out."
        assert said in read(path, 200, answer.text).text
        left = [link for link in read(path, 200, answer.text).addresses() if "utm_source" in link]
        assert left == []
        assert "<b>a" not in answer.text
    assert "doesn’t know" not in Client().get("/programmes/", known).text


def test_bytes_that_are_no_text_are_stood_too():
    faults = []
    for address, names in questions():
        for question in ODD_QUESTIONS if names else ():
            answer = reader(address).get(f"{paths(address)[0]}?{question}")
            if answer.status_code not in (200, 302, 400, 404):
                faults.append(f"{address}?{question} answers {answer.status_code}")
    assert faults == []


def test_too_many_questions_are_refused_with_a_sentence():
    many = "&".join(f"q{number}=" for number in range(1500))
    answer = Client().get(f"{reverse('programmes:list')}?{many}")
    assert answer.status_code in (200, 400)
    assert sentence(answer)


@pytest.mark.parametrize("page", ["0", "-1", "9999999", "9" * 30, "abc", "", "1.5", "²"])
def test_a_page_that_is_not_there_is_answered_by_one_that_is(page):
    client = Client()
    lists = [a for a in walked(PUBLIC) if "page" in (getattr(a.view, "takes", ()) or ())]
    assert len(lists) > 5
    for each in lists:
        answer = client.get(paths(each)[0], {"page": page, "as-at": "2019-12-31"})
        assert answer.status_code == 200
        if not page:
            continue
        shown = read(each.name, 200, answer.text)
        assert f"There is no page {page[:20]}. This is the" in shown.text, each
    assert (
        client_of(somebody("superuser")).get("/staff/history/", {"page": page}).status_code == 200
    )


BAD_NAMES = (
    "x" * 3000,
    "%00",
    "%2e%2e%2fetc%2fpasswd",
    "caf%C3%A9",
    "%F0%9F%A9%BA",
    "%ff",
    "a%20b",
    "%27%20OR%201=1",
    "-",
    "9" * 40,
)


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: name[:20])
def test_a_name_that_names_nothing_is_answered_by_a_page_that_says_so(name):
    client, faults = client_of(somebody("superuser")), []
    for address in walked():
        if address.route.startswith("admin/") or not address.variables:
            continue
        path = _with_name(address, name)
        answer = client.get(path)
        if answer.status_code not in (404, 405) and not _is_a_way_in(address, answer):
            faults.append(f"{path[:80]} answers {answer.status_code}")
        elif answer.status_code == 404:
            assert sentence(answer)
        if address.kind == PUBLIC:
            faults += _not_for_the_public(path, Client().get(path))
    assert faults == []


def _not_for_the_public(path, answer):
    """A page that says no keeps to the rules of those that say something (tests/site/test_public_bounds.py)."""
    if answer.cookies or "Cookie" in answer.get("Vary", ""):
        yield f"{path[:80]} sets a cookie or varies by one"
    if not answer["Content-Security-Policy"].startswith("default-src 'none'"):
        yield f"{path[:80]} sends no policy"


def _is_a_way_in(address, answer):
    """A link to a new password says on its own page that it is no good."""
    return address.kind == DOOR and answer.status_code in (200, 302)


def _with_name(address, name):
    """A path of an address with something else in place of its variable parts."""
    if address.name == "account_reset_password_from_key":
        return f"/staff/password/new/{name}-{name}/"
    pieces = address.route.split("<")
    return "/" + pieces[0] + "".join(name + piece.partition(">")[2] for piece in pieces[1:])


# -- writing ------------------------------------------------------------------------------------------


def test_what_is_saved_is_noticed():
    """Else the tests below could not fail."""
    address = next(a for a in WRITTEN_TO if a.name == "staff:status_discard")
    path = paths(address)[0]
    draft = StatusUpdate.objects.get(pk=resolve(path).kwargs["pk"])
    sent = {"seen": seen_token(draft), "remarks": "It is wrong", "reason": "It is wrong"}
    answer, saved = post(visitor(address), path, sent)
    assert answer.status_code == 302
    assert "programmes_statusupdate" in saved


@each_written
def test_a_form_without_its_token_is_refused_with_a_sentence_and_saves_nothing(address):
    client = visitor(address, enforce_csrf_checks=True)
    for path in paths(address):
        answer, saved = post(client, path, {"title": "x", "reason": "x"})
        assert answer.status_code in (403, 405)
        assert saved == set()
        if answer.status_code == 403:
            assert "expired" in sentence(answer) or "again" in sentence(answer)


BODIES = {
    "ten million letters": (b"title=" + b"x" * BIG, "application/x-www-form-urlencoded"),
    "ten million letters in parts": (
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n'
        + b"x" * BIG
        + b"\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    "five thousand fields": (
        b"&".join(b"f%d=1" % number for number in range(5000)),
        "application/x-www-form-urlencoded",
    ),
    "parts without a boundary": (b"x", "multipart/form-data"),
    "half a part": (
        b'--x\r\nContent-Disposition: form-data; name="a',
        "multipart/form-data; boundary=x",
    ),
    "json": (b'{"title": "x"}', "application/json"),
    "broken json": (b'{"title": ', "application/json"),
    "plain text": (b"title=x", "text/plain"),
    "an unknown charset": (b"title=x", "application/x-www-form-urlencoded; charset=nonsense"),
    "bytes that are no text": (
        b"title=\xff\xfe%ff%00&body=%00",
        "application/x-www-form-urlencoded",
    ),
    "no kind at all": (b"title=x", ""),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_of_the_wrong_kind_is_refused_and_saves_nothing(what):
    body, kind = BODIES[what]
    faults = []
    for address in WRITTEN_TO[::9]:
        path = paths(address)[0]
        client = visitor(address, enforce_csrf_checks=True)
        answer, saved = post(client, path, data=body, content_type=kind)
        if answer.status_code not in (400, 403, 405, 413):
            faults.append(f"{path} answers {answer.status_code}")
        if saved:
            faults.append(f"{path} saved {saved}")
        if answer.status_code in (400, 403):
            assert sentence(answer)
    assert faults == []


@pytest.mark.parametrize(
    ("what", "status", "published"),
    [
        ("ten million letters", 413, "What was sent is too large"),
        ("ten million letters in parts", 413, "What was sent is too large"),
        ("five thousand fields", 400, "What was sent has too many parts"),
        ("parts without a boundary", 400, "What was sent could not be read"),
    ],
)
def test_what_cannot_be_taken_is_told_from_a_wrong_address(what, status, published):
    body, kind = BODIES[what]
    client = Client(enforce_csrf_checks=True)
    client.get("/staff/sign-in/")
    for each, path in (
        (client, "/staff/sign-in/"),
        (Client(), "/staff/sign-in/"),
        (client_of(somebody("superuser")), "/staff/people/invite/"),
    ):
        answer = each.generic("POST", path, data=body, content_type=kind)
        assert answer.status_code == status
        assert published in sentence(answer)
        assert "Nothing was saved" in answer.text
        assert "address" not in sentence(answer)


def test_an_address_that_asks_too_much_says_so_to_people_and_to_programs():
    many = "&".join(f"q{number}=" for number in range(1500))
    for path in ("/programmes/", "/api/v1/programmes"):
        answer = Client().get(f"{path}?{many}")
        assert answer.status_code == 400
        assert "asks for too many things at once" in sentence(answer)


@pytest.mark.parametrize("what", BODIES)
def test_a_body_of_the_wrong_kind_is_refused_from_one_with_a_token_too(what):
    """Each is sent to every fourth address, and to each address two or three: no view looks at the kind of a body."""
    body, kind = BODIES[what]
    for address in WRITTEN_TO[list(BODIES).index(what) % 4 :: 4]:
        # A test client's requests count as carrying their token.
        answer, saved = post(visitor(address), paths(address)[0], data=body, content_type=kind)
        assert answer.status_code < 500, address
        if answer.status_code != 302:
            assert saved == set(), address


def test_a_file_of_ten_million_bytes_where_none_is_asked_changes_nothing():
    big = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + b"x" * BIG
    big += b"\r\n--x--\r\n"
    for address in WRITTEN_TO:
        path = paths(address)[0]
        answer, saved = post(
            visitor(address), path, data=big, content_type="multipart/form-data; boundary=x"
        )
        assert answer.status_code < 500, address
        if answer.status_code != 302:
            assert saved == set(), address


def test_public_pages_read_nothing_that_is_sent_to_them():
    client = Client(enforce_csrf_checks=True)
    for path in ("/", "/programmes/", "/iccs/find/", "/news/feed/"):
        for body, kind in BODIES.values():
            answer = client.generic("POST", path, data=body, content_type=kind)
            assert answer.status_code in (400, 403, 405), path


@each_written
def test_a_form_full_of_nonsense_is_answered_with_what_to_do_and_saves_nothing(address):
    faults = []
    for path in paths(address)[:1]:
        client = visitor(address)
        page = client.get(path)
        if not page.get("Content-Type", "").startswith("text/html"):
            continue
        for form in read(path, page.status_code, page.text).forms:
            if form.method != "post" or form.action == reverse("account_logout"):
                continue
            for what, text in HOSTILE.items():
                answer, saved = post(client, form.action, form.nonsense(text))
                if answer.status_code >= 500:
                    faults.append(f"{form.action} with {what} answers {answer.status_code}")
                if answer.status_code != 302 and saved:
                    faults.append(f"{form.action} with {what} saved {saved}")
                # A table and the API give words as they are; what a browser draws must not.
                kind = answer.headers.get("Content-Type", "")
                drawn = kind.startswith(("text/html", "image/svg"))
                if drawn and "<script>alert" in answer.text:
                    faults.append(f"{form.action} says it as it came")
    assert faults == []


@each_written
def test_a_form_sent_twice_is_taken_once(address, monkeypatch):
    """As after a double click, or from a page that was left open while the row went on.

    The first time it carries what the person saw, so it is never taken for out of date.
    """
    faults, stale = [], []
    begin = StaleError.__init__
    monkeypatch.setattr(
        StaleError, "__init__", lambda self, *row: (stale.append(row), begin(self, *row))[1]
    )
    for path in paths(address)[:2]:
        with transaction.atomic():
            client = visitor(address)
            page = client.get(path)
            html = page.text if page.get("Content-Type", "").startswith("text/html") else ""
            for form in read(path, page.status_code, html).forms:
                if form.method != "post" or form.action == reverse("account_logout"):
                    continue
                first = client.post(form.action, form.untouched())
                if stale:
                    faults.append(f"{form.action} was taken for out of date")
                before = number_of_all_rows()
                again = client.post(form.action, form.untouched())
                if first.status_code >= 500 or again.status_code >= 500:
                    faults.append(f"{form.action} answers {again.status_code}")
                if more := number_of_all_rows() - before:
                    faults.append(f"{form.action} saved again: {dict(more)}")
                stale.clear()
            transaction.set_rollback(True)
    assert faults == []


@each_written
def test_a_form_with_a_version_that_is_none_is_out_of_date_and_gets_the_present_one(address):
    faults = []
    for path in paths(address)[:2]:
        with transaction.atomic():
            client = visitor(address)
            page = client.get(path)
            html = page.text if page.get("Content-Type", "").startswith("text/html") else ""
            for form in read(path, page.status_code, html).forms:
                for seen in ("x", "\x00", "9" * 5000) if "seen" in dict(form.fields) else ():
                    answer = client.post(form.action, form.untouched() | {"seen": [seen]})
                    if answer.status_code >= 500:
                        faults.append(f"{form.action} answers {answer.status_code}")
                    if answer.status_code == 409:
                        again = read(path, 409, answer.text).forms
                        faults += [
                            f"{each.action} keeps “{seen[:9]}”"
                            for each in again
                            if dict(each.fields).get("seen") == seen
                        ]
            transaction.set_rollback(True)
    assert faults == []


def test_forms_that_carry_a_version_are_found():
    """Else the test above could not fail."""
    address = next(a for a in WRITTEN_TO if a.name == "staff:status_edit")
    path = paths(address)[0]
    forms = read(path, 200, visitor(address).get(path).text).forms
    assert any("seen" in dict(form.fields) for form in forms)


@each_written
def test_a_method_that_no_page_knows_changes_nothing(address):
    client = visitor(address, enforce_csrf_checks=True)
    for method in ("put", "patch", "delete", "options", "trace"):
        answer = getattr(client, method)(paths(address)[0])
        assert answer.status_code < 500, method
    assert changed() == set()


# -- around it ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "x", "\\000", "x" * 5000, "<script>", "é"])
def test_a_session_that_is_none_is_a_stranger(key, settings):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert client.get("/").status_code == 200
    answer = client.get("/staff/")
    assert answer.status_code == 302
    assert answer.url.startswith("/staff/sign-in/")


@pytest.mark.parametrize(
    "next_page", ["https://example.org/", "//example.org", "javascript:alert(1)"]
)
def test_sign_in_leads_to_no_other_site(next_page):
    page = client_of(None).get(reverse("account_login"), {"next": next_page})
    assert page.status_code == 200
    links = read("/", 200, page.text).links
    assert not [link for link in links if link == next_page]


def test_a_host_that_is_not_ours_is_refused():
    answer = Client(headers={"host": "example.org"}).get("/")
    assert answer.status_code == 400
