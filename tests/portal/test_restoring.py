"""A day shows what it showed, in an empty portal that was filled from an export too (BEHAVIOUR R)."""

from datetime import UTC, datetime, timedelta
from shutil import copytree

import pytest
from django.db import OperationalError, transaction
from django.urls import reverse

from bhcp_portal import package
from bhcp_portal.changelog import change_rows, statements
from bhcp_portal.kit.actions import publish, take_back
from bhcp_portal.kit.kinds import tables
from bhcp_portal.kit.launch import Launch, forget
from metrics import actions as metrics_actions
from metrics import tasks
from metrics.models import Reading
from newsroom import actions as newsroom_actions
from newsroom.models import NewsVersion
from partners.models import PartnerProfile, SourceProfile
from partners.roles import Role
from tests.clock import OnTime, clock, committed_on, present
from tests.factories.kit import PAPERS, all_recorded, source
from tests.factories.metrics import metric, reading
from tests.factories.newsroom import news
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import programme, status_update

metrics_actions, newsroom_actions = OnTime(metrics_actions), OnTime(newsroom_actions)

LAUNCH = datetime(2026, 9, 1, 9, tzinfo=UTC)
HEADER = "metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source"


def hours(number):
    return LAUNCH + timedelta(hours=number)


def steward():
    return person(roles=[Role.DATA_STEWARD])


def batch(row, at):
    """A file of one reading, sent by one person and approved by another."""
    made = metrics_actions.send_readings(
        file_name="a.csv", content=f"{HEADER}\n{row}\n".encode(), by=steward(), at=at
    )
    tasks.check_readings.call(made.pk)
    made.refresh_from_db()
    return metrics_actions.import_readings(batch=made, by=steward(), at=at)


def history():
    """A launch with documents, and three months in which much is said, mended and taken back."""
    with clock(LAUNCH), all_recorded(LAUNCH):
        Launch.objects.create(launched_at=LAUNCH)
        paper = source("paper", published_as="2019-03")
        bay = partner("RTX", "Hospitals")
        metric("waits", name="Waits")
        body = _loaded(PartnerProfile, partner=bay, kind="acute_trust", about="First", source=paper)
        work = programme("telehealth", name="Telehealth")
        status_update(work, "at_risk", published="2019-11")
    assert body.recorded_at == LAUNCH
    first = batch("WAITS,BHCP,2026-07-01,,,912,no,2026-08-13,,no,,", hours(48))
    batch("WAITS,BHCP,2026-07-01,,,934,no,,Late forms,no,,", hours(96))
    metrics_actions.undo_readings(batch=first, reason="The wrong file", by=person(), at=hours(144))
    batch("WAITS,BHCP,2026-08-01,,,940,yes,,,no,Two wards,", hours(200))
    with clock(hours(220)), all_recorded(hours(220)):
        _loaded(PartnerProfile, partner=bay, kind="acute_trust", about="Found late", said="2018")
    with clock(hours(240)):
        _loaded(
            PartnerProfile, partner=bay, kind="acute_trust", about="First, mended", source=paper
        )
    with clock(hours(260)):
        author = person()
        own = PartnerProfile(partner=bay, kind="acute_trust", about="Our own", author=author)
        own.save()
        publish(own, at=hours(260))
    with clock(hours(300)):
        take_back(PartnerProfile.objects.filter(pk=own.pk), reason="It was not ours to say")
    with all_recorded(hours(320)):
        item = news("Clinic opens", slug="clinic", published_as="2026-09-14")
    newsroom_actions.withdraw(item=item, by=person(), at=hours(340), reason="It never opened.")
    withdrawal = NewsVersion.objects.latest("pk")
    with clock(hours(360)):
        take_back(NewsVersion.objects.filter(pk=withdrawal.pk), reason="It did open")


def _loaded(model, *, said=None, **fields):
    fields.setdefault("source", source(published_as=said) if said else None)
    made = model(origin="document", **fields)
    made.save()
    return publish(made, at=LAUNCH, published_as=said or "2019-03")


@pytest.fixture(scope="module")
def _exported_once(django_db_setup, django_db_blocker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    with django_db_blocker.unblock(), transaction.atomic():
        history()
        package.export(folder)
        transaction.set_rollback(True)
    PAPERS.clear()
    forget()
    return folder


@pytest.fixture
def exported(_exported_once, db, tmp_path):
    """The tables of a portal with that history, in a folder of the test's own; the portal is empty."""
    return copytree(_exported_once, tmp_path, dirs_exist_ok=True)


DAYS = ["2018-12-31", "2026-08-31"] + [
    (LAUNCH + timedelta(hours=number)).date().isoformat()
    for number in (0, 48, 96, 144, 200, 240, 260, 300, 340, 360)
]
PAGES = [
    "/partners/rtx/",
    "/metrics/waits/",
    "/api/v1/metrics/waits/readings",
    "/news/clinic/",
    "/programmes/telehealth/updates/",
    "/changes/",
    "/open-data/partner_profiles.csv",
    "/open-data/readings.csv",
]


def shown(client):
    found = {}
    for page in PAGES:
        for day in [*DAYS, None]:
            answer = client.get(page, {"as-at": day} if day else {})
            found[page, day] = (answer.status_code, answer.content)
    return found


@pytest.mark.django_db
def test_an_empty_portal_filled_from_an_export_shows_the_same_on_every_day(client, tmp_path):
    before = transaction.savepoint()
    history()
    package.export(tmp_path / "first")
    expected = shown(client)
    assert b"912" in expected["/metrics/waits/", "2026-09-03"][1]
    assert b"Taken back on" in expected["/metrics/waits/", "2026-09-03"][1]
    assert b"912" not in expected["/metrics/waits/", "2026-08-31"][1]
    assert (
        b"13 August 2026, here since 3 September 2026"
        in expected["/metrics/waits/", "2026-09-03"][1]
    )
    # The document of 2018 stands before the launch, and says when it came here.
    assert b"Recorded here on 10 September 2026" in expected["/partners/rtx/", "2018-12-31"][1]
    transaction.savepoint_rollback(before)
    PAPERS.clear()
    forget()
    package.load(tmp_path / "first", at=hours(400))
    package.export(tmp_path / "second")
    for name in ["launch.csv", *(f"{table.name}.csv" for table in tables())]:
        first, second = ((tmp_path / which / name).read_text() for which in ("first", "second"))
        assert second == first, name
    again = shown(client)
    assert [key for key in expected if again[key] != expected[key]] == []


@pytest.mark.django_db
def test_what_does_not_stand_already_is_refused_where_it_says_when_it_was_recorded(tmp_path):
    history()
    package.export(tmp_path)
    assert package.load(tmp_path, at=hours(400)).total("new") == 0
    rows = (tmp_path / "partner_profiles.csv").read_text()
    (tmp_path / "partner_profiles.csv").write_text(rows.replace("Found late", "Forged"))
    with pytest.raises(package.PackageError) as refused:
        package.load(tmp_path, at=hours(400))
    [error] = refused.value.errors
    assert (error.table, error.column) == ("partner_profiles", "recorded_at")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("launch", "wanted"),
    [
        ("launched_at\n2020-01-01T00:00:00Z\n", "Load it into an empty portal"),
        ("launched_at\nyesterday\n", "is not a moment"),
        ("began\n", "Its first row is launched_at"),
    ],
)
def test_another_launch_than_ours_is_refused(exported, launch, wanted):
    with clock(LAUNCH):
        Launch.objects.create(launched_at=LAUNCH)
    (exported / "launch.csv").write_text(launch)
    with pytest.raises(package.PackageError) as refused:
        package.load(exported, at=hours(400))
    assert wanted in str(refused.value.errors[0])


# -- sources --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_source_is_named_as_it_was_known_on_the_day(client):
    with clock(LAUNCH), all_recorded(LAUNCH):
        Launch.objects.create(launched_at=LAUNCH)
        paper = source("paper", title="The plam", published_as="2019-03")
        programme("telehealth", name="Telehealth", source=paper, published="2019-03")
    corrected = SourceProfile(
        cited=paper, title="The plan", publisher="A council", dated_as="2019-03",
        dated_on="2019-03-31", author=person(), reason="A slip of ours",
    )  # fmt: skip
    with clock(hours(50)):
        corrected.save()
        publish(corrected, at=hours(50))

    def read(address, day=None):
        return client.get(address, {"as-at": day} if day else {}).content.decode()

    for address in ("/programmes/telehealth/", "/sources/", "/sources/paper/", "/changes/"):
        assert "The plam" in read(address, "2026-09-02"), address
        assert "The plan" in read(address), address
        assert "The plam" not in read(address), address
    assert "The plam" in read("/programmes/telehealth/", "2019-12-31")
    assert "The plan" in read("/changes/feed/")
    # The first words of a source are no change of their own.
    listed = change_rows(statements(present(), only=(SourceProfile,)), present())
    assert [each.text for each in listed] == ["The plan"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("launch", "table", "wanted"),
    [
        (hours(401), "launch", "later than now"),
        (hours(24), "partner_profiles", "before the launch"),
    ],
)
def test_a_launch_that_its_rows_belie_is_refused(exported, launch, table, wanted):
    (exported / "launch.csv").write_text(f"launched_at\n{launch:%Y-%m-%dT%H:%M:%SZ}\n")
    with pytest.raises(package.PackageError) as refused:
        package.load(exported, at=hours(400))
    assert (table, wanted) in [
        (error.table, wanted) for error in refused.value.errors if wanted in error.message
    ]
    assert not Launch.objects.exists()


@pytest.mark.django_db
def test_a_row_that_stands_in_an_export_twice_is_restored_once(exported):
    given = {path.name: path.read_text() for path in exported.glob("*.csv")}
    for name in ("readings.csv", "partner_profiles.csv"):
        header, *rows = given[name].splitlines(keepends=True)
        (exported / name).write_text("".join([header, *rows, *rows]))
    package.load(exported, at=hours(400))
    package.export(exported)
    assert {path.name: path.read_text() for path in exported.glob("*.csv")} == given


@pytest.mark.django_db
def test_things_without_a_word_said_of_them_launch_nothing(tmp_path):
    package.export(tmp_path)
    (tmp_path / "sources.csv").write_text("slug\npaper\n")
    assert package.load(tmp_path, at=LAUNCH).total("new") == 1
    assert not Launch.objects.exists()


@pytest.mark.django_db
def test_what_the_load_at_the_launch_mends_is_no_news_of_that_day():
    with clock(LAUNCH):
        Launch.objects.create(launched_at=LAUNCH)
        bay = partner("RTX", "Hospitals")
        paper = source("paper", published_as="2019-03")
        for about in ("First", "First, mended"):
            _loaded(PartnerProfile, partner=bay, kind="acute_trust", about=about, source=paper)
    for row in PartnerProfile.objects.with_listed_at(present()):
        assert row.listed_at == row.published_at
        assert row.recorded_at >= LAUNCH


@pytest.mark.django_db
def test_a_late_document_that_was_mended_later_is_in_the_export(tmp_path):
    with clock(LAUNCH):
        Launch.objects.create(launched_at=LAUNCH)
        bay = partner("RTX", "Hospitals")
        _loaded(PartnerProfile, partner=bay, kind="acute_trust", about="First", said="2019-03")
    for day, about in ((3, "Found late"), (6, "Put right")):
        with clock(LAUNCH + timedelta(days=day)):
            _loaded(PartnerProfile, partner=bay, kind="acute_trust", about=about, said="2018")
    package.export(tmp_path)
    rows = (tmp_path / "partner_profiles.csv").read_text()
    assert ("Found late" in rows, "Put right" in rows) == (True, True)


# -- taken back -----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["news", "programme"])
def test_where_nothing_is_left_standing_the_page_says_so_and_past_days_show_it(client, kind):
    made = (
        news("Clinic opens", published_as="2026-10-01") if kind == "news" else programme("clinic")
    )
    rows = made.versions if kind == "news" else made.profiles
    with clock(datetime(2026, 10, 8, 9, tzinfo=UTC)):
        take_back(rows.all(), reason="It was another clinic")
    address = made.get_absolute_url()
    answer = client.get(address)
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "taken back on 8 October 2026" in text
    assert "It was another clinic" in text
    # The link to the last day that shows it leads to a page that does.
    assert f"{address}?as-at=2026-10-07" in text
    assert client.get(address, {"as-at": "2026-10-07"}).status_code == 200
    assert client.get(address, {"as-at": "2026-10-09"}).status_code == 404


# -- midnight -------------------------------------------------------------------------------------

LATE = datetime(2026, 11, 27, 23, 59, 59, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_what_is_recorded_on_one_day_is_not_saved_on_the_next():
    waits, next_day = metric("waits"), LATE.date() + timedelta(days=1)
    with (
        pytest.raises(OperationalError, match="turned midnight"),
        committed_on(next_day),
        transaction.atomic(),
    ):
        reading(waits, 5, published=LATE)
    assert not Reading.objects.exists()
    with committed_on(LATE.date()):
        reading(waits, 5, published=LATE)
    with (
        pytest.raises(OperationalError, match="turned midnight"),
        committed_on(next_day + timedelta(days=1)),
        clock(LATE + timedelta(days=1)),
        transaction.atomic(),
    ):
        take_back(Reading.objects.all(), reason="A slip")
    assert Reading.objects.get().taken_back_at is None


def test_over_midnight_a_person_is_told_to_send_it_again(client, db, monkeypatch):
    def over_midnight(**_):
        raise OperationalError("It turned midnight before this was saved: newsroom_newsversion.")

    monkeypatch.setattr("newsroom.actions.add_news", over_midnight)
    ann = person(roles=[Role.NEWS_EDITOR])
    words = {"title": "A clinic opens", "summary": "A clinic.", "body": "It opened."}
    answer = signed_in(client, ann).post(reverse("staff:news_add"), words)
    assert answer.status_code == 409
    assert "nothing was saved" in answer.content.decode()
