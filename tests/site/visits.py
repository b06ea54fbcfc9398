"""Every page that somebody can come to, each once a run, with who comes to it and how.

What was come to lies in files (tests/site/once.py): the checks in a browser, of the HTML, of weights, headers
and queries all read them.
"""

import re
from dataclasses import dataclass
from itertools import chain

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bhcp_portal.kit.launch import launched_at
from partners.hard_words import hard_words
from partners.models.partnership import site_name
from partners.roles import Role, roles_with
from tests.addresses import DOOR, PUBLIC, STAFF, walked
from tests.factories.partners import PASSWORD
from tests.site.content import HOSTILE, address, client_of, somebody
from tests.site.examples import paths
from tests.site.once import once, shared_set
from tests.site.reading import read

A_STRANGER = "a stranger"
AT_THE_DOOR = (None, "keyholder", "nobody", "beginner", "halfway")
# Ways in that lead on to the page that one came for.
LEADING_ON = {"account_reset_password_from_key"}
# Pages that say no or speak of another day, which no address names.
OTHERS = (
    "/nothing-is-here/",
    "/programmes/?as-at=yesterday",
    "/programmes/example-published/?as-at=2012-01-01",
    "/partners/example-trust/?as-at=2012-01-01",
    "/iccs/kendal/?as-at=2012-01-01",
    "/?as-at=2012-01-01",
    "/?as-at=2017-12-31",
    "/programmes/?as-at=2017-12-31",
    "/programmes/example-everything/?as-at=2017-12-31",
    "/iccs/?as-at=2017-12-31",
    "/iccs/kendal/?as-at=2017-12-31",
    "/partners/morecambe-bay-ccg/?as-at=2019-12-31",
    "/changes/?as-at=2017-12-31",
)

TABLE_READ = re.compile(r'(?:FROM|JOIN) "(\w+)"')


@dataclass(frozen=True)
class Visit:
    """A page that was come to: where, as whom, what was sent (nothing: it was read), what it showed."""

    path: str
    who: str
    sent: str
    status: int
    html: str
    policy: str

    def __str__(self):
        return f"{self.path} as {self.who}{self.sent and f', {self.sent}'}"


@dataclass(frozen=True)
class Answer:
    """What a stranger was answered at a public address, and how often that asked the database."""

    path: str
    status: int
    headers: dict[str, str]
    cookies: list[str]
    queries: int
    tables: frozenset[str]
    content: bytes

    @property
    def is_html(self):
        return self.headers.get("Content-Type", "").startswith("text/html")

    @property
    def text(self):
        return self.content.decode()

    @property
    def policy(self):
        return self.headers.get("Content-Security-Policy", "")


def every_address():
    """The addresses that may have pages."""
    return [*walked(PUBLIC), *walked(STAFF), *walked(DOOR)]


@once
def answers_at(address):
    """What a stranger is answered on each path of a public address."""
    return [_answered(path) for path in paths(address)]


def _answered(path):
    # A server reads the one once in its life, and the others seldom.
    launched_at()
    site_name.keep()
    hard_words.keep()
    with CaptureQueriesContext(connection) as asked:
        answer = client_of(None).get(path)
    headers, cookies = dict(answer.headers), list(answer.cookies)
    tables = frozenset(TABLE_READ.findall(" ".join(query["sql"] for query in asked)))
    content = answer.getvalue()
    return Answer(path, answer.status_code, headers, cookies, len(asked), tables, content)


@once
def visits_to(address):
    """The pages of an address as everybody who may see it; of pages that are the same, the first.

    With them the pages that answer forms which were sent empty or full of nonsense.
    """
    found = {}
    if address.kind == PUBLIC:
        for answer in answers_at(address):
            if answer.is_html:
                _put(
                    found,
                    Visit(answer.path, A_STRANGER, "", answer.status, answer.text, answer.policy),
                )
        return list(found.values())
    everybody = _visitors(address)
    for number, path in enumerate(paths(address)):
        is_sent = False
        # Roles differ in the same way on all paths of an address.
        for who in everybody if address.kind == DOOR or number == 0 else everybody[:2]:
            is_sent = _visit(found, address, path, who, sends=not is_sent) or is_sent
    return list(found.values())


def every_visit():
    """All of them."""
    return [*chain.from_iterable(map(visits_to, every_address())), *other_visits()]


def telling(visits):
    """The first page, and those that have an element in a place where none told of before in this run had it."""
    found = []
    with shared_set("pieces") as seen:
        for visit in visits:
            pieces = read(visit.path, visit.status, visit.html).pieces
            if pieces - seen or not found:
                found.append(visit)
            seen |= pieces
    return found


@once
def other_visits():
    """Pages that no address names: refusals, past days, and the second step of signing in."""
    found = {}
    for path in OTHERS:
        _keep(found, client_of(None).get(path), path, ())
    _keep(found, client_of(somebody("nobody")).get("/staff/people/"), "/staff/people/", ("nobody",))
    _keep(found, client_of(None).post("/programmes/"), "/programmes/", (), "sent to a page to read")
    too_many = {f"field{number}": "x" for number in range(5000)}
    way_in = reverse("account_login")
    _keep(found, client_of(None).post(way_in, too_many), way_in, (), "with too many fields")
    published = {"login": address("nobody"), "password": PASSWORD}
    client = client_of(None)
    _keep(
        found,
        client.post(reverse("account_login"), published, follow=True),
        reverse("mfa_authenticate"),
        (),
        "signing in",
    )
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    _keep(found, wrong, reverse("mfa_authenticate"), (), "with a wrong code")
    return list(found.values())


def _visitors(address):
    """Who may see an address that is not public, in the words of ``somebody``; none at all is a stranger."""
    if address.kind == DOOR:
        return [(name,) if name else () for name in AT_THE_DOOR]
    permission = address.view.permission
    roles = Role if permission == "any role" else roles_with(permission)
    return [(role, "all") for role in roles]


def _visit(found, address, path, who, *, sends):
    """Comes to a page and, where asked to, sends its forms; whether there were any.

    All is taken back: some pages end a session when they are read.
    """
    client = client_of(somebody(*who) if who else None)
    forms = []
    with transaction.atomic():
        answer = client.get(path, follow=address.name in LEADING_ON)
        _keep(found, answer, path, who)
        if sends and answer.get("Content-Type", "").startswith("text/html"):
            page = read(path, answer.status_code, answer.text)
            forms = [form for form in page.forms if _is_sent(form)]
        for form in forms:
            for how, sent in (("empty", form.empty()), ("nonsense", form.nonsense(HOSTILE))):
                with transaction.atomic():
                    answer = client.post(form.action, sent)
                    transaction.set_rollback(True)
                _keep(found, answer, form.action, who, f"sent {how}")
        transaction.set_rollback(True)
    return bool(forms)


def _is_sent(form):
    return form.method == "post" and form.action != reverse("account_logout")


def _keep(found, answer, path, who, sent=""):
    if answer.get("Content-Type", "").startswith("text/html") and answer.content:
        words = " ".join(who) or A_STRANGER
        policy = answer["Content-Security-Policy"]
        _put(found, Visit(path, words, sent, answer.status_code, answer.text, policy))


def _put(found, visit):
    found.setdefault(_without_names(visit.html), visit)


def _without_names(html):
    html = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", html)
    return re.sub(r"Example [A-Z][\w ]*|example-[\w-]+@example.org", "", html)
