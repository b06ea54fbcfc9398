"""What the checks of the whole read: the first data, and one of everything that people make in the portal."""

from datetime import date, timedelta
from pathlib import Path

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django.utils.text import slugify
from django_tasks_db.models import DBTaskResult
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from bhcp_portal.kit.actions import redact, seen_token, take_back
from bhcp_portal.kit.dates import london_day, months_later, span
from bhcp_portal.kit.editor import actions as record_actions
from bhcp_portal.kit.editor.proposal import Act, ProposedRow, Why
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.package import load
from iccs.models import Icc, IccMailbox
from metrics import actions as metric_actions
from metrics.models.metric import CARD_FIELDS
from metrics.tasks import check_readings
from newsroom import actions as news_actions
from newsroom.models import NewsItem, PageVersion, StandingPage
from partners import actions as partner_actions
from partners.models import (
    AccessReview,
    GlossaryTerm,
    Membership,
    Partner,
    PartnerMailbox,
    PartnerProfile,
    TermMeaning,
    User,
)
from partners.models.review import first_day_of_quarter
from partners.roles import Role
from partners.tasks import send_account_notice
from programmes import actions as programme_actions
from programmes.actions.endings import EndRestsOn, Outcome
from programmes.models import Goal, Money, Objective, Programme
from programmes.models.status import Status
from tests.clock import OnTime
from tests.factories.kit import approved, on_record, run_queue, source
from tests.factories.metrics import chart_note, metric, readings, rebase, target
from tests.factories.newsroom import draft as news_draft
from tests.factories.newsroom import news
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import (
    figure,
    milestone,
    money,
    moved,
    partner_role,
    placed_in,
    programme,
    stage,
    status_update,
)

metric_actions = OnTime(metric_actions)
record_actions = OnTime(record_actions)
news_actions = OnTime(news_actions)
programme_actions = OnTime(programme_actions)

FIRST_DATA = Path(settings.BASE_DIR) / "bhcp_portal" / "first_data"

# So many updates that they need a second page.
MANY = 55
SEVERAL = 12
LONG_WORD = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
HOSTILE = f"<script>alert('x')</script> & “quotes” {LONG_WORD} ערב 🩺"
PAGE_MARKDOWN = f"""## What happened

A clinic **opened** in [Millom](https://www.example.org/millom). {HOSTILE}

- one thing
- another, {LONG_WORD}

> “It is near.”

# A heading of the first level

<style>body {{ display: none }}</style>

https://example.org/{LONG_WORD}/{LONG_WORD}/{LONG_WORD}

| Day | People |
|---|--:|
| {LONG_WORD} {LONG_WORD} | 12 |

[Programmes](/programmes/)
"""
# What a page is refused for, while news of before may have it.
MARKDOWN = f"{PAGE_MARKDOWN}\n[bad](javascript:alert(1)) ![a picture](https://example.org/x.png)\n"
WORDS = {
    "status": Status.ON_TRACK,
    "summary": "The clinic sees its first patients. " + HOSTILE,
    "what_was_done": "Rooms were painted\nTwo nurses began",
    "what_is_next": "Open on Saturdays",
    "confidence": "high",
    "internal_note": "Ask the estates team again.",
}
AT_RISK = {
    "status": Status.AT_RISK,
    "status_reason": "Two nurses have left and are not replaced yet.",
    "next_step": "Recruit two nurses",
    "next_step_owner": "Ward manager",
    "next_step_on": date(2027, 3, 31),
    "help_needed": "A room for interviews",
}


def fill(at=None):
    """Load the first data and then make one of everything; every example is named ``example-…``."""
    at = at or timezone.now()
    load(FIRST_DATA, at=at)
    # What the load leaves to the worker.
    run_queue()
    with transaction.atomic():
        owner, other = _partners()
        people = _people(owner, other, at)
        _sign_in(people.values())
        _programmes(owner, people, at)
        _metrics(owner, people, at)
        _questions(owner)
        _files_of_readings(people, at)
        _news(owner, people, at)
        _pages_and_words()
        _record(people, at)
        _queue(people)
    metric_actions.keep_verdicts_due()


# -- who ------------------------------------------------------------------------------------------


def _partners():
    owner = partner("EXA", "The example trust", slug="example-trust", short_name="Example")
    other = partner("EXO", "The other example trust", slug="example-other")
    for each in (owner, other):
        on_record(
            PartnerProfile, partner=each, kind="acute_trust", about=HOSTILE, published_as="2014"
        )
        on_record(
            Membership, partner=each, joined_as="2014", joined_on="2014-12-31", published_as="2014"
        )
    mailbox = {"used_for": f"Enquiries {HOSTILE}"[:100], "published_as": "2014"}
    mailbox["address"] = f"enquiries@{LONG_WORD}.example.org"
    on_record(PartnerMailbox, partner=owner, **mailbox)
    on_record(IccMailbox, icc=Icc.objects.get(code="MIL"), **mailbox)
    return owner, other


def _people(owner, other, at):
    """One person for each role, held for all, for the owner of the examples and for another partner."""
    today = london_day(at)
    people = {}
    for role in Role:
        for whom, held_for in (("all", None), ("owner", owner), ("other", other)):
            people[role, whom] = person(
                address(role, whom), roles=[(role, held_for)], partner=held_for
            )
    people["nobody"] = person(address("nobody"))
    people["keyholder"] = person(address("keyholder"), roles=[(Role.AUDITOR, None)])
    Authenticator.objects.create(
        user=people["keyholder"],
        type=Authenticator.Type.WEBAUTHN,
        data={"name": "Example key", "credential": _credential()},
    )
    RecoveryCodes.activate(people["keyholder"])
    # One who was just let in and has no second step yet, and one who did not give theirs in this session.
    people["beginner"] = person(
        address("beginner"), roles=[(Role.AUDITOR, None)], second_factor=False
    )
    people["halfway"] = person(address("halfway"), roles=[(Role.AUDITOR, None)])
    people["superuser"] = person(address("superuser"), is_staff=True, is_superuser=True)
    administrator = people[Role.ADMINISTRATOR, "all"]
    invited = partner_actions.invite(
        email=address("invited"),
        name="Example invited",
        partner=owner,
        role=Role.PROGRAMME_EDITOR,
        held_for=owner,
        by=administrator,
        at=at,
    )
    partner_actions.give_role(
        person=invited,
        role=Role.NEWS_EDITOR,
        held_for=owner,
        starts_on=today + timedelta(days=30),
        ends_on=today + timedelta(days=60),
        by=administrator,
        at=at,
    )
    closed = person(address("closed"), roles=[(Role.AUDITOR, owner)], partner=owner)
    partner_actions.deactivate(person=closed, reason="Left the trust.", by=administrator, at=at)
    AccessReview.objects.create(
        person=people[Role.NEWS_EDITOR, "owner"], quarter=first_day_of_quarter(today), asked_at=at
    )
    for outcome in ("app", "wrong_password"):
        partner_actions.record_sign_in(person=invited, outcome=outcome, address="192.0.2.1", at=at)
    return people


def address(role, whom=""):
    """The email of an example person: of a role and whom it is held for (``all``, ``owner``, ``other``)."""
    return f"example-{role}{whom and '-' + whom}@example.org".replace("_", "-")


def somebody(role, whom=""):
    return User.objects.get(email=address(role, whom))


def _credential():
    """What a browser says of a new key, in the right shape though no key ever signed it."""
    public_key = ES256({1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32})
    key = AttestedCredentialData.create(Aaguid.NONE, b"an example key", public_key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    published = AuthenticatorData.create(b"r" * 32, flags, 0, key)
    coded = websafe_encode(b"an example key")
    return {
        "id": coded,
        "rawId": coded,
        "type": "public-key",
        "clientExtensionResults": {"credProps": {"rk": True}},
        "response": {
            "clientDataJSON": websafe_encode(
                b'{"type": "webauthn.create", "challenge": "eA", "origin": "http://localhost"}'
            ),
            "attestationObject": websafe_encode(AttestationObject.create("none", published, {})),
        },
    }


def _sign_in(people):
    """A session for each that lasts as long as the tests, its second factor always given lately."""
    half_signed_in = {address("beginner"), address("halfway")}
    for each in people:
        client = signed_in(Client(), each, confirmed_ago=-12 * 60 * 60)
        if each.email in half_signed_in:
            session = client.session
            session["account_authentication_methods"] = session["account_authentication_methods"][
                :1
            ]
            session.save()
        session = Session.objects.filter(pk=client.session.session_key)
        session.update(session_key=session_of(each))


def session_of(person):
    """The key of a person's session."""
    return person.email.partition("@")[0]


def client_of(person, **options):
    """A test client as a person of the content; as a stranger for ``None``."""
    client = Client(**options)
    if person:
        client.cookies[settings.SESSION_COOKIE_NAME] = session_of(person)
    return client


# -- programmes -----------------------------------------------------------------------------------


def _programmes(owner, people, at):
    everything = _everything(owner)
    programme("example-empty", name="Example: nothing but a name", published="2016", purpose=".")
    for status in Status:
        going = _led(f"example-{status}".replace("_", "-"), owner)
        status_update(going, status, published="2018-03")
    _written_in_the_portal(owner, people, at)
    _milestones(everything, owner, people, at)


def _led(slug, owner, *, published="2016", **profile):
    made = programme(slug, name=slug.replace("-", " ").capitalize(), published=published, **profile)
    partner_role(made, owner, published=published)
    return made


def _everything(owner):
    whole = _led("example-everything", owner, published="2014", starts="2015-04", ends="2020")
    programme(
        "example-everything",
        name=f"Example: everything {LONG_WORD}",
        published="2017",
        purpose=HOSTILE,
        objectives=Objective.values,
        strand="Out of hospital",
        lead_words="Two directors together",
        starts="2015-04",
        ends="2031-03-31",
        reason="The end moved.",
        certainty="inferred",
        note="Our reading of two papers.",
    )
    part = _led("example-part", owner)
    programme("example-part", name="Example part", published="2017", parent=whole)
    gone = _led("example-gone", owner)
    programme("example-gone", name="Example gone", published="2018", merged_into=whole)
    status_update(part, published="2018", source_words="Embedded")
    stage(part, "everyday", published="2018", source_words="Embedded", is_our_reading=True)
    stage(whole, "pilot", published="2016", source_words=f"Trial {LONG_WORD}"[:60], note=HOSTILE)
    status_update(
        gone, "merged", published="2018", merged_into=whole, explanation="It went on there."
    )
    for icc in Icc.objects.all()[:3]:
        placed_in(whole, icc, published="2016", words="A clinic")
    for role in ("delivery", "funder", "data_owner"):
        partner_role(whole, Partner.objects.get(slug="example-other"), role, published="2017")
    paper = source("example-paper", published_as="2015-01")
    for number in range(MANY):
        year, month = 2015 + number // 12, number % 12 + 1
        status = ("on_track", "at_risk", "off_track")[number % 3]
        words = f"Month {number}. {HOSTILE}"
        status_update(whole, status, published=f"{year}-{month:02d}", summary=words, source=paper)
    for number in range(SEVERAL):
        counts = f"appointments of kind {number}"
        figure(whole, 1000 + number, published="2017", counts=counts, source=paper)
        money(whole, 1_000_000 + number, year="2017/18", published="2017", source=paper)
        milestone(whole, f"example-step-{number}", due="2019", published="2016", source=paper)
    return whole


def _written_in_the_portal(owner, people, at):
    editor, approver = (
        people[Role.PROGRAMME_EDITOR, "owner"],
        people[Role.PROGRAMME_APPROVER, "all"],
    )
    month_ago = _in_month(at, -1)

    def written(slug, values=WORDS, when=at):
        made = Programme.objects.filter(slug=slug).first() or _led(slug, owner)
        return programme_actions.start_status(programme=made, values=values, by=editor, at=when)

    def submitted(row, when=at):
        return programme_actions.submit_status(update=row, seen=seen_token(row), by=editor, at=when)

    def published(row, when=at):
        row = submitted(row, when)
        return programme_actions.approve_status(
            update=row, seen=seen_token(row), by=approver, at=when
        )

    written("example-draft", {"summary": "Only begun."})
    submitted(written("example-submitted"))
    row = submitted(written("example-returned", WORDS | AT_RISK))
    programme_actions.return_status(
        update=row, seen=seen_token(row), remarks=f"Say more. {HOSTILE}", by=approver, at=at
    )
    published(written("example-published", when=month_ago), month_ago)
    published(written("example-published", WORDS | AT_RISK))
    wrong = published(written("example-corrected", when=month_ago), month_ago)
    right = programme_actions.correct_status(
        update=wrong,
        values=WORDS | AT_RISK | {"reason": "A date was missed."},
        by=editor,
        at=at - timedelta(hours=1),
    )
    published(right, at - timedelta(hours=1))
    being_corrected = published(written("example-being-corrected"))
    programme_actions.correct_status(
        update=being_corrected, values=WORDS | {"reason": "A slip."}, by=editor, at=at
    )
    secret = published(written("example-redacted", when=month_ago), month_ago)
    redact(
        secret,
        fields=["summary"],
        by=people[Role.ADMINISTRATOR, "all"],
        reason="It named a patient.",
    )


def _in_month(at, months):
    """The tenth day of another month, at noon."""
    day = months_later(london_day(at).replace(day=10), months)
    return at.replace(year=day.year, month=day.month, day=day.day, hour=12)


def _milestones(whole, owner, people, at):
    editor = people[Role.PROGRAMME_EDITOR, "owner"]
    opening = milestone(whole, "example-opening", due="2018-03", published="2016", is_critical=True)
    moved(opening, due="2018-09-30", published="2017", reason="Building works took longer.")
    longer = programme_actions.propose_move(
        milestone=opening,
        seen=seen_token(opening.dates.get(superseded_at=None)),
        due_as="2027-01",
        reason=f"More building works. {HOSTILE}",
        by=editor,
        at=at,
    )
    approved(longer, by=people[Role.PROGRAMME_APPROVER, "owner"], at=at)
    done = milestone(whole, "example-done", due="2017", published="2016")
    moved(done, due="2017", done="2017-11", published="2017-12")
    milestone(whole, "example-dropped", due="2017", published="2016", state="dropped")
    milestone(whole, "example-undated", published="2016")
    gone = milestone(whole, "example-gone", published="2016")
    take_back(gone.dates.all(), reason=f"It is of another programme. {HOSTILE}")
    added = programme_actions.propose_milestone(
        programme=whole, title="Added in the portal", due_as="2027", by=editor, at=at
    )
    approved(added, by=people[Role.PROGRAMME_APPROVER, "owner"], at=at)
    programme_actions.propose_milestone(
        programme=whole, title=f"Proposed {HOSTILE}"[:150], due_as="2028", by=editor, at=at
    )


# -- metrics --------------------------------------------------------------------------------------


def _metrics(owner, people, at):
    """One with everything, a newer card and a re-base that wait to be checked; one with no number."""
    whole = metric("example-metric", owner=owner, name=f"Example metric {LONG_WORD}", why=HOSTILE)
    readings(whole, [100 + number % 7 for number in range(24)], first=date(2016, 1, 1))
    target(whole, 90)
    rebase(whole, date(2017, 1, 1))
    chart_note(whole, date(2016, 6, 1), HOSTILE)
    metric("example-uncounted", owner=owner)
    standing = whole.profiles.live(at).get()
    steward = people[Role.DATA_STEWARD, "owner"]
    link = {"metric": whole, "words": HOSTILE, "by": steward}
    other = people[Role.DATA_STEWARD, "all"]
    for thing in (Programme.objects.get(slug="example-everything"), Goal.objects.first()):
        approved(programme_actions.propose_link(to=thing, at=at, **link), by=other, at=at)
    before = at - timedelta(days=1)
    slip = programme_actions.propose_link(to=Goal.objects.last(), at=before, **link)
    slip = approved(slip, by=other, at=before)
    end = programme_actions.propose_link_end(link=slip, reason=HOSTILE, by=steward, at=at)
    approved(end, by=other, at=at)
    programme_actions.propose_link(
        to=Programme.objects.get(slug="example-published"), at=at, **link
    )
    metric_actions.write_card(
        metric=whole,
        values={name: getattr(standing, name) for name in CARD_FIELDS}
        | {"unit": "people", "reason": "Said more plainly."},
        seen=seen_token(standing),
        by=steward,
        at=at,
    )
    place = whole.series.get()
    metric_actions.propose_note(
        series=place, period=date(2016, 7, 1), words="A ward opened.", by=steward, at=at
    )
    aim = {"kind": "local_aim", "starts_on": date(2018, 1, 1), "value": 80, "words": HOSTILE}
    metric_actions.propose_target(series=place, values=aim, seen="", by=steward, at=at)
    metric_actions.propose_rebase(
        series=whole.series.get(),
        starts_on=date(2017, 6, 1),
        why="The ward moved.",
        what_changed=HOSTILE,
        decided_by="The board",
        by=steward,
        at=at,
    )


def _questions(owner):
    """What readers asked: one question that is open, and one of a figure of nobody's."""
    for about, whose in (("metric:example-metric:BHCP", owner), ("figure:example", None)):
        metric_actions.ask_about_figure(
            about=about,
            figure=f"Example figure {LONG_WORD}",
            page="/metrics/example-metric/",
            owner=whose,
            words=HOSTILE,
            reply_to="reader@example.org",
        )


def _files_of_readings(people, at):
    """Files in every state: published, undone, not published, with errors, being checked, waiting."""
    steward, other = people[Role.DATA_STEWARD, "owner"], people[Role.DATA_STEWARD, "all"]
    header = "metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source"

    def sent(name, *cells):
        rows = [f"EXAMPLE_METRIC,BHCP,{period},,,{value},no,,,,," for period, value in cells]
        batch = metric_actions.send_readings(
            file_name=name, content="\n".join([header, *rows]).encode(), by=steward, at=at
        )
        if name != "example-begun.csv":
            check_readings.call(batch.pk)
        return batch.__class__.objects.get(pk=batch.pk)

    published = sent("example-published.csv", ("2018-01-01", 104), ("2018-02-01", 101))
    metric_actions.import_readings(batch=published, by=other, at=at)
    undone = sent("example-undone.csv", ("2018-03-01", 99))
    metric_actions.import_readings(batch=undone, by=other, at=at)
    metric_actions.undo_readings(batch=undone, reason=HOSTILE, by=other, at=at)
    away = sent("example-away.csv", ("2018-04-01", 99))
    metric_actions.discard_readings(batch=away, reason=HOSTILE, by=other, at=at)
    sent(f"example-errors-{LONG_WORD}.csv", ("2018-05-01", "many"), ("2018-05-02", "=A1"))
    sent("example-begun.csv", ("2018-05-01", 100))
    sent("example-waiting.csv", ("2018-05-01", 100), ("2018-06-01", 103))


def _pages_and_words():
    """A page that was changed and is past its day, and a word with a long and hostile meaning."""
    page = StandingPage.objects.create(slug="example-page")
    said = {"page": page, "responsible": f"The clinic {LONG_WORD}", "review_on": date(2019, 1, 31)}
    on_record(PageVersion, published_as="2017", title="Example page", body="Old words.", **said)
    on_record(
        PageVersion,
        published_as="2018",
        title=f"Example page {LONG_WORD}",
        body=PAGE_MARKDOWN.strip(),
        reason="A clinic opened.",
        **said,
    )
    term = GlossaryTerm.objects.create(slug="example-word")
    names = {"name": f"Éxample {LONG_WORD}", "other_names": ["EX", "<b>ex</b>"]}
    on_record(TermMeaning, published_as="2017", term=term, meaning=HOSTILE, **names)


def _record(people, at):
    """Proposals of the general editor in each state, and a figure taken back at once."""
    editor, approver = (
        people[Role.PROGRAMME_EDITOR, "owner"],
        people[Role.PROGRAMME_APPROVER, "owner"],
    )

    def cells(words, code=""):
        return {
            "programme": "example-everything",
            "year": "2018/19",
            "kind": "spent",
            "amount": "1000",
            "what_for": words,
            "qualifier": "about",
            "code": code or f"example-{len(words)}",
            "source": "example-paper",
            "published_at": "2019",
            "certainty": "sourced",
            "note": HOSTILE,
            "reason": "",
        }

    def proposed(words):
        row = ProposedRow("money", Act.ADD, cells(words), Why.DOCUMENT)
        return record_actions.begin(rows=[row], title=f"Money: {words}", by=editor, at=at)

    def sent(words):
        draft = proposed(words)
        return record_actions.send(proposal=draft, seen=seen_token(draft), by=editor, at=at)

    _addresses(people, at)
    _end_of_a_community(people, at)
    _end_of_a_partner(people, at)

    def file(state):
        """A file of two rows, one of them with a long and hostile word."""
        words = (f"1 of a file {LONG_WORD}", f"2 of a file {HOSTILE}"[:190])
        rows = [
            ProposedRow(
                "money", Act.ADD, cells(each, slugify(f"file {state} {each[0]}")), Why.DOCUMENT
            )
            for each in words
        ]
        begun = record_actions.begin(
            rows=rows, title=f"Money: example file {state}", by=editor, at=at
        )
        return record_actions.send(proposal=begun, seen=seen_token(begun), by=editor, at=at)

    def published_file(state):
        waiting = file(state)
        record_actions.approve(proposal=waiting, seen=seen_token(waiting), by=approver, at=at)
        return waiting

    file("submitted")
    published_file("published")
    record_actions.take_back_all(
        proposal=published_file("taken back"), reason=HOSTILE, by=approver, at=at
    )
    proposed("Example draft")
    ended = Programme.objects.filter(slug="example-not-started").with_profile(at)
    programme_actions.propose_end(
        programmes=list(ended),
        outcome=Outcome.STOPPED,
        ends=span("2099"),
        words=f"It was too dear. {HOSTILE}",
        step={"next_step": HOSTILE, "next_step_owner": "A team", "next_step_on": "2100-01-01"},
        ground=EndRestsOn(Why.NOW),
        by=editor,
        at=at,
    )
    sent(f"Example sent {HOSTILE}"[:190])
    decided = {"by": approver, "at": at}
    returned, published = sent("Example returned"), sent("Example of what was published")
    record_actions.send_back(
        proposal=returned, seen=seen_token(returned), remarks=HOSTILE, **decided
    )
    record_actions.approve(proposal=published, seen=seen_token(published), **decided)
    partner_actions.say_access_end(
        proposal=published,
        partner=Partner.objects.get(code="EXA"),
        leaves_on=london_day(at) + timedelta(days=101),
        last_day=london_day(at) + timedelta(days=100),
        by=editor,
    )
    mistake = Money.objects.get(code="example-29")
    record_actions.take_back_at_once(
        kind=kind_of(Money), row=mistake, reason="It was of another year.", **decided
    )


def _addresses(people, at):
    """An address and a code that were changed, and an address that waits for approval."""
    keeper, boss = people[Role.RECORD_KEEPER, "all"], people["superuser"]
    source("example-moved-before")

    def sent(table, slug, moved_to, kind="old-addresses", by="slug"):
        cells = {"table": table, by: slug, "moved_to": moved_to, "certainty": "sourced"}
        cells |= {"note": "", "reason": HOSTILE}
        row = ProposedRow(kind, Act.MOVE, cells, Why.NOW)
        title = f"{'Web address' if by == 'slug' else 'Code'}: {slug} becomes {moved_to}"
        draft = record_actions.begin(rows=[row], title=title, by=keeper, at=at)
        return record_actions.send(proposal=draft, seen=seen_token(draft), by=keeper, at=at)

    sent("programmes", "example-everything", "example-of-everything")
    for each in (
        sent("sources", "example-moved-before", "example-moved"),
        sent("partners", "EXO", "EXOT", "old-codes", "code"),
    ):
        record_actions.approve(proposal=each, seen=seen_token(each), by=boss, at=at)


def _end_of_a_community(people, at):
    """An end that would leave places and practices behind."""
    cells = {
        "icc": "MIL",
        "successor": "DUL",
        "kind": "merged",
        "happened": "2099",
        "note": HOSTILE,
    }
    cells |= dict.fromkeys(("source", "published_at", "reason"), "") | {"certainty": "sourced"}
    row = ProposedRow("icc-successions", Act.ADD, cells, Why.NOW)
    keeper, title = people[Role.RECORD_KEEPER, "all"], "Community changed: example end"
    record_actions.begin(rows=[row], title=title, by=keeper, at=at)


def _end_of_a_partner(people, at):
    """An end of a partner that doesn't say yet until when its people may sign in."""
    cells = {
        "partner": "EXA",
        "successor": "",
        "successor_name": LONG_WORD,
        "words": HOSTILE,
        "happened": "2099",
        "is_end": "yes",
    }
    cells |= dict.fromkeys(("source", "published_at", "note", "reason"), "")
    cells["certainty"] = "sourced"
    row = ProposedRow("successions", Act.ADD, cells, Why.NOW)
    keeper, title = people[Role.RECORD_KEEPER, "all"], "Change of a partner: example end"
    record_actions.begin(rows=[row], title=title, by=keeper, at=at)


def _queue(people):
    """A task that failed for good; none waits, since its age would make each answer about it another."""
    DBTaskResult.objects.ready().delete()
    made = send_account_notice.enqueue(people["nobody"].pk, HOSTILE, "10:00")
    DBTaskResult.objects.get(pk=made.id).set_failed(ValueError(HOSTILE))


# -- news -----------------------------------------------------------------------------------------


def _news(owner, people, at):
    editor, publisher = people[Role.NEWS_EDITOR, "owner"], people[Role.NEWS_PUBLISHER, "all"]
    named = {
        "lead_partner": owner,
        "partners": [owner, *Partner.objects.exclude(pk=owner.pk)[:3]],
        "programmes": list(Programme.objects.filter(slug__startswith="example-")[:5]),
        "iccs": list(Icc.objects.all()[:3]),
        # As a form gives it.
        "body": MARKDOWN.strip(),
    }

    def written(title):
        return news_draft(by=editor, at=at, title=title, **named)

    def submitted(version):
        return news_actions.submit(version=version, seen=seen_token(version), by=editor, at=at)

    def approved(version):
        version = submitted(version)
        return news_actions.approve(version=version, by=publisher, at=at, seen=seen_token(version))

    def published(version):
        version = approved(version)
        return news_actions.publish_news(
            version=version, seen=seen_token(version), by=publisher, at=at
        )

    written("Example draft")
    submitted(written("Example submitted"))
    returned = submitted(written("Example returned"))
    news_actions.send_back(
        version=returned, seen=seen_token(returned), by=publisher, at=at, remarks=HOSTILE
    )
    approved(written("Example approved"))
    published(written(f"Example published {LONG_WORD}"[:65]))
    published(written("Example being corrected"))
    news_actions.revise(item=_item("example-being-corrected"), by=editor, at=at)
    published(written("Example corrected"))
    hour_later = at + timedelta(seconds=1)
    again = news_actions.revise(item=_item("example-corrected"), by=editor, at=hour_later)
    again = news_actions.edit(
        version=again,
        by=editor,
        at=hour_later,
        seen=seen_token(again),
        title="Example corrected",
        update_note="The day was wrong.",
    )
    again = approved(again)
    news_actions.publish_news(version=again, seen=seen_token(again), by=publisher, at=hour_later)
    published(written("Example withdrawn"))
    news_actions.withdraw(
        item=_item("example-withdrawn"), by=publisher, at=hour_later, reason="It was not true."
    )
    for number in range(SEVERAL):
        news(f"Example paper {number}", published_as="2016", slug=f"example-paper-{number}")


def _item(slug):
    return NewsItem.objects.get(slug=slug)
