"""The frames that all pages stand in, and the pages that say what went wrong."""

import re
from datetime import UTC, date, datetime

import pytest
from django.http import HttpResponse
from django.template import engines
from django.test import RequestFactory
from django.urls import include, path
from django.utils.functional import SimpleLazyObject
from django.views.defaults import server_error

from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.as_at import Moment


def _page(request):
    return HttpResponse()


def _for(permission):
    return staff_only(permission)(_page)


def _named(name):
    return include(([path("", _page, name="list")], name))


# The names that the layouts link to, so that these tests wait for no page.
urlpatterns = [
    path("", _page, name="home"),
    path("programmes/", _named("programmes")),
    path("iccs/", _named("iccs")),
    path("partners/", _named("partners")),
    path("news/", _named("news")),
    path("sources/", _named("sources")),
    path("pages/", _named("pages")),
    path("metrics/", _named("metrics")),
    path("api/", include(([path("", _page, name="docs")], "api"))),
    *(
        path(f"{name}/", _page, name=name)
        for name in (
            "goals",
            "changes",
            "open_data",
            "about",
            "accessibility",
            "privacy",
            "contact",
            "glossary",
        )
    ),
    path(
        "staff/",
        include(
            (
                [
                    path("", _page, name="home"),
                    path("programmes/", _for("programmes.view_statusupdate"), name="programmes"),
                    path("news/", _for("newsroom.view_newsversion"), name="news"),
                    path("people/", _for("partners.view_people"), name="people"),
                ],
                "staff",
            )
        ),
    ),
    path("staff/sign-out/", _page, name="account_logout"),
]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db
PAST = date(2017, 6, 30)
PUBLIC = '{% extends "layouts/public.html" %}{% block title %}Programmes{% endblock %}'
STAFF = '{% extends "layouts/staff.html" %}{% block title %}Programmes{% endblock %}'


@pytest.fixture(autouse=True)
def _own_addresses(settings):
    settings.ROOT_URLCONF = __name__


def who_is_it():
    raise AssertionError("a public page asked who is reading")


def asked(address="/programmes/"):
    request = RequestFactory().get(address)
    request.user = SimpleLazyObject(who_is_it)
    request.session = SimpleLazyObject(who_is_it)
    request._messages = SimpleLazyObject(who_is_it)
    return request


def public(source=PUBLIC, *, day=None, others=(), read_on=None, **context):
    moment = Moment(NOW, day, "/programmes/", others, read_on=read_on)
    context = {"moment": moment, **context}
    return engines["django"].from_string(source).render(context, asked())


def test_a_public_page_asks_nobody_who_they_are_and_needs_no_script():
    html = public()
    assert "csrf" not in html
    assert "<script" not in html


def test_paper_says_of_which_day_it_speaks_when_it_was_read_and_where_it_is_read_again():
    paper = engines["django"].get_template("layouts/read_on.html")
    others = (("status", "at_risk"),)

    def said(*about):
        moment = Moment(NOW, *about, read_on=date(2026, 7, 1))
        return paper.render({"moment": moment, "site_url": "https://portal.invalid"}).strip()

    assert said(PAST, "/programmes/", others) == (
        "As it stood on 30 June 2017, read on 1 July 2026 at "
        "https://portal.invalid/programmes/?status=at_risk&amp;as-at=2017-06-30"
    )
    today = said(None, "/programmes/", others)
    assert re.fullmatch(
        r"Read on \d+ \w+ 2026 at https://portal.invalid/programmes/\?status=at_risk", today
    )
    assert said(PAST, "/programmes/") in public(
        day=PAST, read_on=date(2026, 7, 1), site_url="https://portal.invalid"
    )


def test_a_public_page_names_itself():
    assert "<title>Programmes – Programme portal</title>" in public()


def test_the_navigation_shows_where_one_is():
    assert (
        '<a class="nhsuk-header__navigation-link" href="/programmes/" aria-current="page">'
        in public()
    )


def test_today_has_no_banner_and_may_be_indexed():
    html = public()
    assert "as it stood on 30" not in html
    assert "noindex" not in html


def test_a_past_day_says_so_first_and_leads_back():
    html = public(day=PAST, others=(("q", "a b"),))
    assert "You are reading the portal as it stood on 30 June 2017." in html
    assert '<a class="bhcp-past__link" href="/programmes/?q=a+b">' in html
    assert html.index("bhcp-past") < html.index("<main")
    assert '<meta name="robots" content="noindex">' in html


def test_links_on_a_past_page_keep_the_day():
    html = public(day=PAST)
    ours = re.findall(r'<a [^>]*href="(/[^"]*)"', html)
    staying = [url for url in ours if url not in ("/programmes/", "/staff/sign-in/")]
    assert len(staying) > 10
    assert all(url.endswith("?as-at=2017-06-30") for url in staying)


def test_any_day_can_be_asked_for_without_losing_the_rest_of_the_question():
    html = public(others=(("status", "at_risk"), ("q", '"x"')))
    form = re.search(r'<form action="/programmes/" method="get">.*?</form>', html, re.DOTALL)[0]
    assert '<input type="hidden" name="status" value="at_risk">' in form
    assert '<input type="hidden" name="q" value="&quot;x&quot;">' in form
    assert re.search(r'<input [^>]*name="as-at" type="date"', form)


class Person:
    is_authenticated = True

    def __init__(self, *permissions):
        self.permissions = permissions

    def __str__(self):
        return "Jane Shepherd"

    def has_perm(self, permission):
        return permission in self.permissions

    def has_module_perms(self, label):
        return True


def staff(user, source=STAFF, **context):
    request = RequestFactory().get("/staff/programmes/")
    request.user = user
    request.META["CSRF_COOKIE"] = "x" * 32
    return engines["django"].from_string(source).render(context, request)


def test_staff_see_who_they_are_and_sign_out_by_a_form():
    html = staff(Person())
    assert "Jane Shepherd" in html
    form = re.search(
        r'<form class="nhsuk-header__account-form" action="/staff/sign-out/".*?</form>',
        html,
        re.DOTALL,
    )[0]
    assert 'method="post"' in form
    assert 'name="csrfmiddlewaretoken"' in form
    assert '<meta name="robots" content="noindex">' in html


@pytest.mark.parametrize(
    ("permission", "word"),
    [
        ("partners.view_people", "People"),
        ("programmes.view_statusupdate", "Programmes"),
        ("newsroom.view_newsversion", "News"),
    ],
)
def test_staff_are_shown_the_ways_they_may_go(permission, word):
    link = rf'<a class="nhsuk-header__navigation-link"[^>]*>(<strong[^>]*>)?{word}<'
    assert re.search(link, staff(Person(permission)))
    assert not re.search(link, staff(Person()))


def test_messages_are_banners_with_ids_of_their_own():
    class Message:
        def __init__(self, words, level_tag):
            self.words, self.level_tag = words, level_tag

        def __str__(self):
            return self.words

    html = staff(Person(), messages=[Message("Saved <b>", "success"), Message("No", "error")])
    assert "Saved &lt;b&gt;" in html
    assert 'role="alert" aria-labelledby="notice-1"' in html
    assert 'role="alert" aria-labelledby="notice-2"' in html
    assert "There is a problem" in html


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429"])
def test_a_page_of_refusal_says_what_to_do_in_the_public_frame(name):
    html = engines["django"].get_template(f"{name}.html").render({"moment": Moment(NOW)}, asked())
    assert html.count("<h1") == 1
    assert "nhsuk-header" in html


def test_a_bad_request_says_the_sentence_it_was_given():
    page = engines["django"].get_template("400.html")
    html = page.render({"message": "“soon” is not a date."}, asked("/?as-at=soon"))
    assert "<p>“soon” is not a date.</p>" in html


def test_a_page_not_found_on_a_past_day_offers_today():
    html = (
        engines["django"]
        .get_template("404.html")
        .render({"moment": Moment(NOW, PAST, "/iccs/x/")}, asked("/iccs/x/?as-at=2017-06-30"))
    )
    assert '<a href="/iccs/x/">try the same address today</a>' in html


def test_the_page_for_our_own_faults_looks_nothing_up(settings):
    settings.ROOT_URLCONF = "no.addresses.at.all"
    answer = server_error(asked())
    assert answer.status_code == 500
    assert "Sorry, there is a problem" in answer.content.decode()
    for name in ("500.html", "layouts/bare.html"):
        source = engines["django"].get_template(name).template.source
        assert not re.search(r"{{|{%(?! (extends|block|endblock) )", source)


def day_of(*, day=None, others=()):
    moment = Moment(NOW, day, "/programmes/", others)
    page = engines["django"].get_template("layouts/day.html")
    return page.render({"moment": moment}, asked())


def test_the_day_that_a_page_speaks_of_stands_under_its_title_with_its_control_closed():
    html = public(PUBLIC + "{% block heading %}<h1>Programmes</h1>{% endblock %}")
    before, day = html.split("<h1>Programmes</h1>")
    assert "bhcp-day" not in before
    assert re.search(r'<details class="bhcp-day">\s*<summary[^>]*>As it stands today', day)
    # A page of no moment speaks of no day.
    assert "bhcp-day" not in public(moment=Moment(NOW))


def test_the_day_says_which_it_is_and_that_another_can_be_read():
    today, then = day_of(), day_of(day=PAST)
    assert "As it stands today, 1 January 2026" in today
    assert "Read a past day" in today
    assert "As it stood on 30 June 2017" in then
    assert "Change the day" in then
    assert 'value="2017-06-30"' in then


def test_the_hint_of_the_day_asks_for_no_other_form_than_the_box_shows():
    words = day_of()
    assert 'type="date"' in words
    assert re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.sub(r'value="[^"]*"', "", words)) == []
