"""The open-data package: every public table as a CSV file, described by a datapackage.json."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from errno import EISDIR
from functools import cache, lru_cache, reduce
from hashlib import sha256
from io import BytesIO
from operator import or_
from os import strerror
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Q, QuerySet, TextField, Value
from django.utils.text import slugify

from bhcp_portal.kit import launch
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import Present, day_in_words
from bhcp_portal.kit.kinds import tables
from bhcp_portal.kit.spreadsheets.writing import csv_text
from bhcp_portal.kit.tables import (
    LICENCE,
    Loading,
    MomentField,
    Table,
    TableError,
    read_csv,
    to_text,
    write_csv,
)
from bhcp_portal.kit.unseen import as_on_record
from partners.models.partnership import UNNAMED, SiteName, site_name, site_name_at

# The file with the moment of the launch, and its one column.
LAUNCH, LAUNCHED_AT = "launch", "launched_at"


class PackageError(Exception):
    """Nothing of the package was saved. ``errors`` says why, one ``TableError`` for each cell."""

    def __init__(self, errors: list[TableError]):
        super().__init__(f"Nothing was loaded: {len(errors)} errors.")
        self.errors = errors


class _TryRunError(Exception):
    """Raised at the end of a dry run, so that the transaction is undone."""


@dataclass(slots=True)
class Loaded:
    """How many rows of each table were new, changed, mended or unchanged.

    ``outcomes``: by the name of a table, the number of rows for each of these words.
    """

    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)

    def total(self, outcome: str) -> int:
        return sum(counts.get(outcome, 0) for counts in self.outcomes.values())


@as_on_record()
def load(
    folder: Path,
    *,
    at,
    by=None,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Load a folder of tables into the database, all of it or nothing.

    ``at``: the moment of loading. ``by``: the person for the history. ``progress`` gets a line of
    text for each table. A dry run does the same and then undoes it. Raises ``PackageError`` with
    every error.
    """
    files = {table.name: _read(folder, table.name) for table in tables()}
    launched = _launch_in(folder)
    loaded = Loaded()
    errors = [*_errors_of_description(folder)]
    errors += [found for found in (launched, *files.values()) if isinstance(found, TableError)]
    if errors:
        raise PackageError(errors)
    try:
        with action("package.loaded", by=by, reason=f"load_data {folder.name}"):
            says = any(table.is_statement and _has_rows(files[table.name]) for table in tables())
            loading = _begin(launched, at, says)
            for table in tables():
                if files[table.name] is None:
                    continue
                header, rows = files[table.name]
                checked = table.check(rows, header, at=at, loading=loading)
                # Correct rows are saved even if others have errors, so that later tables find what
                # they refer to. If there are errors, everything is undone in the end.
                refused = table.apply(checked, at=at, by=by)
                errors += checked.errors + refused
                counts = {o: checked.count(o) for o in ("new", "changed", "mended", "unchanged")}
                loaded.outcomes[table.name] = counts
                progress(f"{table.name}: {len(rows)} rows, {len(checked.errors + refused)} errors")
            if errors:
                raise PackageError(errors)
            if dry_run:
                raise _TryRunError
    except BaseException as end:
        # Nothing was saved, so there was no launch.
        launch.forget()
        if not isinstance(end, _TryRunError):
            raise
    return loaded


def _has_rows(found):
    return found is not None and bool(found[1])


def _begin(launched, at, says):
    """What this load believes; where it begins the record, the launch is written down.

    ``says``: whether it brings statements. Things alone, such as partners, launch nothing.
    """
    if launched and launched > at:
        message = f"{to_text(launched)} is later than now. Correct it."
        raise PackageError([TableError(LAUNCH, 2, LAUNCHED_AT, message)])
    here = launch.launched_at()
    if here is None and not says:
        return Loading.FIRST
    if here is None:
        launch.Launch.objects.create(launched_at=launched or at, loaded_in="this transaction")
        return Loading.RESTORING if launched else Loading.FIRST
    if launched not in (None, here):
        message = (
            f"This portal was launched at {to_text(here)}, that of the package at "
            f"{to_text(launched)}. Load it into an empty portal."
        )
        raise PackageError([TableError(LAUNCH, 2, LAUNCHED_AT, message)])
    return Loading.LATER


def _launch_in(folder):
    """The launch that a package names; ``None`` if it names none, a ``TableError`` if it can't be read."""
    found = _read(folder, LAUNCH)
    if found is None or isinstance(found, TableError):
        return found
    header, rows = found
    if header != [LAUNCHED_AT] or len(rows) > 1:
        return TableError(
            LAUNCH, 1, "", f"Its first row is {LAUNCHED_AT}, its second the moment. Correct it."
        )
    try:
        return MomentField().clean(rows[0][1][LAUNCHED_AT]) if rows else None
    except ValidationError as error:
        return TableError(LAUNCH, 2, LAUNCHED_AT, " ".join(error.messages))


def _launch_csv():
    here = launch.launched_at()
    return csv_text([[LAUNCHED_AT], *([[to_text(here)]] if here else [])])


def _errors_of_description(folder):
    """Yield what is wrong with datapackage.json itself. Each table checks its own file."""
    name = "datapackage.json"
    try:
        package = json.loads((folder / name).read_bytes())
    except FileNotFoundError:
        yield TableError(
            name, 0, "", "The file is missing. Put it beside the tables, as export_data does."
        )
    except OSError as error:
        yield TableError(name, 0, "", f"The file can’t be read: {error.strerror}.")
    except UnicodeDecodeError:
        yield TableError(name, 0, "", "The file is not UTF-8. Save it as UTF-8.")
    except json.JSONDecodeError as error:
        yield TableError(
            name, 0, f"line {error.lineno}", f"This is not JSON ({error.msg}). Correct the line."
        )
    except RecursionError:
        yield TableError(
            name, 0, "", "It holds brackets within brackets without end. Write it again."
        )
    else:
        if not isinstance(package, dict) or not isinstance(package.get("resources"), list):
            yield TableError(
                name, 0, "", "It describes no tables. Give it “resources”, as export_data does."
            )


def _read(folder, name):
    """The header and the rows of a file; ``None`` if it is not there, a ``TableError`` if unreadable."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return None
    try:
        # Read as bytes: in text mode Python would change the line ends within cells.
        return read_csv(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return TableError(name, 0, "", "The file is not UTF-8. Save it as “CSV UTF-8”.")
    except ValueError as error:
        return TableError(name, 0, "", str(error))


def export(folder: Path, *, progress: Callable[[str], None] = lambda _: None) -> None:
    """Write every public table and datapackage.json into a folder, which is created if needed.

    ``progress`` gets the name of each table. Writes all or nothing: if an ``OSError`` is raised,
    the folder is as it was.
    """
    names = [f"{LAUNCH}.csv", *(f"{table.name}.csv" for table in tables()), "datapackage.json"]
    made: list[Path] = []
    try:
        made += [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            if (folder / name).is_dir():
                raise IsADirectoryError(EISDIR, strerror(EISDIR), str(folder / name))
        with TemporaryDirectory(dir=folder, prefix=".export-") as draft:
            for table in tables():
                text = write_csv(table, public_rows(table))
                Path(draft, f"{table.name}.csv").write_text(text, encoding="utf-8", newline="")
                progress(table.name)
            Path(draft, f"{LAUNCH}.csv").write_text(_launch_csv(), encoding="utf-8", newline="")
            Path(draft, "datapackage.json").write_text(described(site_name()), encoding="utf-8")
            for name in names:
                Path(draft, name).replace(folder / name)
    except BaseException:
        for path in made:
            with suppress(OSError):
                path.rmdir()
        raise


# -- what of it is public -------------------------------------------------------------------------


def public_rows(table: Table, at: datetime | None = None) -> QuerySet:
    """The rows of a table that were public at moment ``at``; without it, all that ever were.

    Of statements: every version that stood on a day by then. Of things: those known by then, and
    those that a public row of any table refers to.
    """
    rows = table.queryset()
    if table.is_statement:
        return rows.stood_by(at or Present.now(UTC))
    known = rows.known_at(at) if at else rows.ever_known()
    named = (
        Q(pk__in=public_rows(other, at).values(path))
        for other in tables()
        for model, path in (*other.references, *other.extra_references)
        if model is table.model
    )
    return rows.filter(reduce(or_, named, Q(pk__in=known.values("pk"))))


def counts(at: datetime) -> dict[str, int]:
    """How many rows of each table are public at moment ``at``, by the table's name; one query."""
    return dict(_united([(table, public_rows(table, at)) for table in tables()], Count("pk")))


def content_hash(at: datetime) -> str:
    """A hash that changes as soon as anything in the package at moment ``at`` changes; two queries.

    It rests on the number of history rows, which grows with every change, and on the number of
    published rows, which grows when a moment of publication set in the future has come.
    """
    dated = [table for table in tables() if table.is_statement]
    published = [(table, table.queryset().published_by(at)) for table in dated]
    made_of = [
        sorted(_histories().all()),
        sorted(_united(published, Count("pk"))),
        described(site_name()),
    ]
    return sha256(json.dumps(made_of).encode()).hexdigest()


@cache
def _histories():
    """How many history rows each table has, and the last; a query that is the same at any moment."""
    histories = [(table, table.model.pgh_event_model.objects.all()) for table in tables()]
    return _united(histories, Count("pk"), Max("pk"))


def _united(tables, *aggregates):
    """One row for each table: its name and the aggregates of its rows; one query in all."""
    first, *others = (
        rows.prefetch_related(None)
        .order_by()
        .values_list(Value(table.name, TextField()))
        .annotate(*aggregates)
        for table, rows in tables
    )
    return first.union(*others, all=True)


# -- as one file ----------------------------------------------------------------------------------

# A zip file keeps a date for each of its files; this is the earliest that it can hold.
NO_DATE = (1980, 1, 1, 0, 0, 0)


def zipped(at: datetime, day: date | None = None) -> bytes:
    """The package as a zip file, as it stood at moment ``at``, named as the partnership was then; one query per table.

    The same data give the same bytes. ``day``: the past day that was asked for, if any, which the
    package's description names.
    """
    # The last table is read first: the things that a row recorded meanwhile refers to stand in
    # an earlier table, which is read after it.
    names = site_name_at(at)
    texts = {table: write_csv(table, public_rows(table, at)) for table in reversed(tables())}
    files = {
        "LICENCE.txt": licence_text(names),
        "datapackage.json": described(names, day),
        f"{LAUNCH}.csv": _launch_csv(),
    }
    files |= {f"{table.name}.csv": texts[table] for table in tables()}
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=6) as package:
        for name, text in files.items():
            entry = ZipInfo(name, NO_DATE)
            entry.external_attr = 0o644 << 16
            package.writestr(entry, text.encode(), ZIP_DEFLATED)
    return out.getvalue()


LAUNCH_SCHEMA = {
    "name": LAUNCH,
    "path": f"{LAUNCH}.csv",
    "title": "Launch",
    "description": "The moment at which the first statement came on the record of this portal.",
    "profile": "tabular-data-resource",
    "format": "csv",
    "mediatype": "text/csv",
    "encoding": "utf-8",
    "schema": {
        "fields": [
            {
                "name": LAUNCHED_AT,
                "type": "string",
                "description": "a moment like 2026-11-05T09:30:00Z",
            }
        ],
        "primaryKey": [LAUNCHED_AT],
        "missingValues": [""],
    },
}
LICENCE_ADDRESS = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"


def licence_text(names: SiteName) -> str:
    """The text of LICENCE.txt."""
    return f"""\
These tables may be used under the Open Government Licence v3.0:
{LICENCE_ADDRESS}

When you use them, say where they come from:
{names.full}. Open Government Licence v3.0.

They quote documents of others. Each of those keeps its own licence, which source_profiles.csv names.
"""


@lru_cache(maxsize=8)
def described(names: SiteName, day: date | None = None) -> str:
    """The text of datapackage.json: what each table and column means, with keys and licence."""
    stood = f", as it stood on {day_in_words(day)}" if day else ""
    package = {
        "name": slugify(names.name) or slugify(UNNAMED),
        "title": f"{names.name}: the public record{stood}",
        "description": "What the partners said, when, and where it "
        "came from. Every version of every statement; natural keys; a table of sources.",
        "profile": "tabular-data-package",
        "licenses": [
            {
                "name": LICENCE,
                "title": "Open Government Licence v3.0",
                "path": LICENCE_ADDRESS,
            }
        ],
        "sources": [
            {
                "title": "The sources that rows name in their column “source”, with their licences",
                "path": "source_profiles.csv",
            }
        ],
        "resources": [LAUNCH_SCHEMA, *(table.schema() for table in tables())],
    }
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"
