"""“Something wrong with this figure?”: from the page to whoever is responsible, and deleted in time."""

import re
from datetime import timedelta
from html import unescape
from unittest import mock

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from bhcp_portal.kit.open_forms import LONGEST
from bhcp_portal.kit.throttling import FREE_ATTEMPTS
from metrics.actions.questions import MAILS_AN_HOUR, ask_about_figure, empty_questions
from metrics.forms.questions import FigureQuestionForm
from metrics.models import WORDS_KEPT, FigureQuestion
from partners.models import PartnerMailbox
from partners.roles import Role
from tests.factories.kit import on_record, run_queue
from tests.factories.metrics import metric, readings
from tests.factories.partners import called, partner, person, signed_in
from tests.factories.programmes import figure, partner_role, programme

pytestmark = pytest.mark.django_db
PAGE = "/have-your-say/figure/?of=metric:waits:BHCP"
HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
WORDS = "The trust says 12, in its report of May."


@pytest.fixture
def trust():
    made = partner("RTX")
    called(made, "The trust")
    on_record(
        PartnerMailbox,
        published_as="2019",
        partner=made,
        used_for="Figures",
        address="data@trust.example",
    )
    return made


@pytest.fixture
def waits(trust):
    made = metric("waits", name="Long waits", owner=trust)
    readings(made, [10, 11])
    return made


def send(client, path=PAGE, *, ago=timedelta(minutes=1), headers=HERE, **typed):
    given = FigureQuestionForm(at=timezone.now() - ago).signed_time
    typed = {"given": given, "words": WORDS, "reply_to": "", "website": ""} | typed
    return client.post(path, typed, headers=headers)


def ask(owner, words):
    return ask_about_figure(
        about="metric:waits:BHCP", figure="Waits", page="/", owner=owner, words=words, reply_to=""
    )


def test_a_question_goes_by_mail_to_the_owner_and_on_the_list_of_its_data_stewards(client, waits):
    page = client.get("/metrics/waits/").content.decode()
    address = unescape(re.search(r'href="([^"]*figure[^"]*)">Something wrong', page)[1])
    assert "Long waits, The whole area: 11 patients, February 2024" in client.get(address).text
    answer = send(client, address, reply_to="ann@example.org")
    assert "Thank you" in client.get(answer.url).text
    assert not answer.cookies
    run_queue()
    [sent] = mail.outbox
    assert (sent.to, sent.reply_to) == (["data@trust.example"], ["ann@example.org"])
    assert "http://localhost:8000/metrics/waits/?scope=BHCP" in sent.body
    assert WORDS in sent.body
    steward = signed_in(Client(), person(roles=[(Role.DATA_STEWARD, waits.profiles.get().owner)]))
    assert "Answer a reader about: Long waits" in steward.get("/staff/").text
    assert WORDS in steward.get("/staff/figure-questions/").text
    assert "1 open, 0 answered" in client.get("/freshness/").text
    question = FigureQuestion.objects.get()
    steward.post(f"/staff/figure-questions/{question.pk}/answered/")
    assert "0 open, 1 answered" in client.get("/freshness/").text
    steward.post(f"/staff/figure-questions/{question.pk}/answered/", {"open": "1"})
    assert "1 open, 0 answered" in client.get("/freshness/").text


def test_the_steward_of_another_partner_neither_reads_nor_answers_it(client, waits):
    send(client)
    other = signed_in(Client(), person(roles=[(Role.DATA_STEWARD, partner("RXN"))]))
    assert WORDS not in other.get("/staff/figure-questions/").text
    question = FigureQuestion.objects.get()
    assert other.post(f"/staff/figure-questions/{question.pk}/answered/").status_code == 404


def test_a_reported_figure_goes_to_the_lead_of_its_programme(client, trust):
    work = programme("frailty")
    partner_role(work, trust)
    figure(work, 40, code="seen-2018", counts="people seen", unit="people")
    page = client.get("/programmes/frailty/").text
    assert "/have-your-say/figure/?of=figure:seen-2018" in page
    path = "/have-your-say/figure/?of=figure:seen-2018"
    assert "40 people: people seen" in client.get(path).text
    send(client, path)
    question = FigureQuestion.objects.get()
    assert (question.owner, question.page) == (trust, "/programmes/frailty/")


def test_without_a_mailbox_it_goes_to_the_contact_address_or_on_the_list_alone(client, settings):
    readings(metric("waits"), [10])
    send(client)
    run_queue()
    assert mail.outbox == []
    settings.CONTACT_EMAIL = "portal@example.org"
    send(client, words="And another thing.")
    run_queue()
    assert [sent.to for sent in mail.outbox] == [["portal@example.org"]]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
        {},
    ],
)
def test_what_another_site_sends_is_refused(client, waits, headers):
    answer = send(client, headers=headers)
    assert answer.status_code == 403
    assert "sent from another site" in answer.text
    assert not FigureQuestion.objects.exists()
    assert not answer.cookies


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"words": "  "}, "Say what is wrong with the figure"),
        ({"words": "x" * 1001}, "must be 1000 characters or fewer"),
        ({"reply_to": "ann"}, "Enter an email address like name@example.com"),
        ({"reply_to": "ann@example.org\nBcc: all@example.org"}, "Enter an email address like"),
        ({"ago": timedelta(0)}, "Nothing was sent. Send it again"),
        ({"ago": LONGEST + timedelta(minutes=1)}, "Nothing was sent. Send it again"),
        ({"given": "2026-01-01"}, "Nothing was sent. Send it again"),
    ],
)
def test_a_form_with_errors_says_what_to_do_and_keeps_what_was_typed(
    client, waits, typed, sentence
):
    answer = send(client, **({"words": "<b>Wrong</b>"} | typed))
    assert answer.status_code == 200
    assert sentence in unescape(answer.text)
    if "words" not in typed:
        assert "&lt;b&gt;Wrong&lt;/b&gt;" in answer.text
    assert answer["Cache-Control"] == "no-store"
    assert not FigureQuestion.objects.exists()


def test_one_mistake_is_named_once_and_the_title_says_so_once(client, waits):
    answer = send(client, words="", ago=timedelta(0)).text
    assert "<title>Error: Something wrong" in answer
    assert "too fast" not in answer


def test_hostile_words_are_text_for_everybody(client, waits):
    refused = send(client, words="<script>x</script>\x1b\nBcc: all@example.org")
    assert "paste it as plain text" in refused.text
    send(client, words="<script>x</script>\nBcc: all@example.org")
    run_queue()
    steward = signed_in(Client(), person(roles=[(Role.DATA_STEWARD, None)]))
    page, [sent] = steward.get("/staff/figure-questions/").text, mail.outbox
    assert "&lt;script&gt;x" in page
    assert "<script>x" in sent.body
    assert (sent.bcc, sent.extra_headers) == ([], {})


def test_a_figure_of_a_past_day_can_be_asked_about_too(client, waits):
    past = f"{PAGE}&as-at=2024-06-01"
    given = re.search(r'name="given" value="([^"]+)"', client.get(past).text)[1]
    then = timezone.now() + timedelta(minutes=1)
    with mock.patch("bhcp_portal.have_your_say.Present.now", return_value=then):
        answer = client.post(past, {"given": given, "words": WORDS}, headers=HERE)
    assert answer.status_code == 302
    assert FigureQuestion.objects.get().words == WORDS


def test_a_robot_is_thanked_and_nothing_is_kept(client, waits):
    assert send(client, website="http://pills.example").status_code == 302
    assert not FigureQuestion.objects.exists()


def test_the_same_sent_twice_is_kept_once_and_mailed_once(client, waits):
    send(client)
    send(client, words=f" {WORDS.upper()}\n")
    run_queue()
    assert FigureQuestion.objects.count() == len(mail.outbox) == 1


def test_who_sends_many_has_to_wait(client, waits):
    answers = [send(client, words=f"Wrong, number {n}.") for n in range(FREE_ATTEMPTS + 1)]
    assert [answer.status_code for answer in answers] == [302] * FREE_ATTEMPTS + [429]
    assert "Try again in 1 minute" in answers[-1].text
    assert FigureQuestion.objects.count() == FREE_ATTEMPTS


def test_many_questions_within_an_hour_are_kept_but_not_all_mailed(trust):
    for number in range(MAILS_AN_HOUR + 3):
        ask(trust, f"Wrong, number {number}.")
    run_queue()
    assert FigureQuestion.objects.count() == MAILS_AN_HOUR + 3
    assert len(mail.outbox) == MAILS_AN_HOUR


def test_words_and_addresses_are_deleted_in_time_from_the_history_too(client, waits):
    send(client, reply_to="ann@example.org")
    question = FigureQuestion.objects.get()
    empty_questions(at=question.empties_on - timedelta(seconds=1))
    assert FigureQuestion.objects.get().words == WORDS
    empty_questions(at=question.empties_on)
    question.refresh_from_db()
    assert (question.words, question.reply_to, question.content_hash) == ("", "", "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM metrics_figurequestionevent e")
        [kept] = cursor.fetchone()
    assert "ann@example.org" not in kept
    assert "report of May" not in kept
    days = f"{WORDS_KEPT.days} days after you sent"
    assert days in client.get("/privacy/").text
    assert f"{WORDS_KEPT.days} days after you send" in client.get(PAGE).text


def test_the_figure_asked_about_is_never_another(trust):
    ask(trust, WORDS)
    with pytest.raises(IntegrityError), transaction.atomic():
        FigureQuestion.objects.update(figure="Another")


@pytest.mark.parametrize(
    "of", ["metric:never:BHCP", "metric:waits:KEN", "figure:never", "x", "\x00"]
)
def test_an_unknown_figure_is_not_found(client, waits, of):
    assert client.get("/have-your-say/figure/", {"of": of}).status_code == 404
    assert client.get("/have-your-say/figure/").status_code == 200


def test_below_several_figures_one_link_leads_to_a_choice_among_them(client, trust):
    for slug in ("beds", "waits"):
        readings(metric(slug, name=slug.title(), main_partner=trust), [10, 11], scope=trust)
    page = client.get(trust.get_absolute_url()).text
    [link] = re.findall(r'href="(/have-your-say/figure/[^"]*)">Something wrong with one of', page)
    choice = client.get(unescape(link)).text
    assert "Which figure is wrong?" in choice
    links = [unescape(each) for each in re.findall(r'<li><a href="(/have-your[^"]*)"', choice)]
    assert [each.partition("of=")[2] for each in links] == ["metric:beds:RTX", "metric:waits:RTX"]
    assert "Waits, The trust: 11" in client.get(links[1]).text
    # A past day's figures are no longer what somebody could mend.
    then = client.get(trust.get_absolute_url(), {"as-at": "2025-12-31"}).text
    assert "Something wrong" not in then
    assert client.get("/have-your-say/figure/?of=never,never-2,,").status_code == 404
