"""`manage.py import_readings`: the third door to the same two calls (CONTRACT 1)."""

import pytest
from django.core.management import CommandError, call_command

from metrics.models import Reading, ReadingBatch
from partners.roles import Role
from tests.factories import partners
from tests.factories.metrics import metric

TWELVE = "metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people():
    metric("waits")
    partners.person("sender@example.org", roles=[Role.DATA_STEWARD])
    partners.person("other@example.org", roles=[Role.DATA_STEWARD])
    partners.person("editor@example.org", roles=[Role.NEWS_EDITOR])


@pytest.fixture
def run(tmp_path, capsys):
    def run(*rows, by="sender@example.org", confirmed_by="other@example.org", **options):
        file = tmp_path / "readings.csv"
        file.write_text("\n".join([TWELVE, *rows]))
        call_command("import_readings", str(file), by=by, confirmed_by=confirmed_by, **options)
        return capsys.readouterr().out

    return run


def test_it_publishes_as_two_people_and_says_how_much(run):
    assert run("WAITS,BHCP,2024-01-01,,,5,no,,,,,") == "Published: 1 new.\n"
    published = Reading.objects.get()
    assert published.author.email == "sender@example.org"
    assert published.batch.decided_by.email == "other@example.org"


def test_the_same_file_again_changes_nothing(run):
    run("WAITS,BHCP,2024-01-01,,,5,no,,,,,")
    assert run("WAITS,BHCP,2024-01-01,,,5,no,,,,,") == "Nothing changed: 1 unchanged.\n"
    assert ReadingBatch.objects.count() == 1


def test_it_says_what_was_left_out_or_read_otherwise(run):
    out = run("WAITS,BHCP,01/01/2024,,,5,,,,,,", "Total,,,,,5,,,,,,", dry_run=True)
    assert out.splitlines()[:3] == [
        "Row 2: A day such as 01/09/2025 was read day first, as 1 September 2025.",
        "Row 2: Nothing in provisional, so taken as final.",
        "Row 3: A total or a remark, which names no measure, place and period, so left out.",
    ]


def test_a_dry_run_saves_nothing(run):
    out = run("WAITS,BHCP,2024-01-01,,,5,no,,,,,", dry_run=True)
    assert out == "Nothing was saved, as asked. It would be: 1 new.\n"
    assert not ReadingBatch.objects.exists()


def test_a_file_with_an_error_saves_nothing_and_names_row_and_column(run):
    with pytest.raises(CommandError, match="readings, row 3, value: Found: “many”"):
        run("WAITS,BHCP,2024-01-01,,,5,no,,,,,", "WAITS,BHCP,2024-02-01,,,many,no,,,,,")
    assert not Reading.objects.exists()
    assert not ReadingBatch.objects.exists()


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ({"confirmed_by": "sender@example.org"}, "Two different people"),
        ({"by": "editor@example.org"}, "may not send readings"),
        ({"confirmed_by": "editor@example.org"}, "may not approve readings"),
        ({"by": "nobody@example.org"}, "Nobody here has the address"),
    ],
)
def test_it_takes_two_different_people_who_may(run, who, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("WAITS,BHCP,2024-01-01,,,5,no,,,,,", **who)
    assert not ReadingBatch.objects.exists()


def test_a_file_that_is_not_there_is_told_in_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="can’t be read"):
        call_command(
            "import_readings",
            str(tmp_path / "none.csv"),
            by="sender@example.org",
            confirmed_by="other@example.org",
        )


def test_who_approves_reaches_the_metrics_too(run):
    partners.person("elsewhere@example.org", roles=[(Role.DATA_STEWARD, partners.partner("RTX"))])
    with pytest.raises(CommandError, match="may not approve readings of WAITS"):
        run("WAITS,BHCP,2024-01-01,,,5,no,,,,,", confirmed_by="elsewhere@example.org")
