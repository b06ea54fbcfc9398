"""The open-data package: every public table as a CSV file, with a datapackage.json that describes them."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from errno import EISDIR
from functools import lru_cache, reduce
from hashlib import sha256
from io import BytesIO
from operator import or_
from os import strerror
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.db.models import Count, F, Max, Q, QuerySet, TextField, Value

from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import day_in_words
from bhcp_portal.kit.kinds import tables
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.tables import LICENCE, Table, TableError, read_csv, write_csv


class PackageError(Exception):
    """The package was not loaded and nothing was saved. ``errors`` says why, one for each cell."""

    def __init__(self, errors: list[TableError]):
        super().__init__(f"Nothing was loaded: {len(errors)} errors.")
        self.errors = errors


class _TryRunError(Exception):
    """Takes back what a dry run saved."""


@dataclass(slots=True)
class Loaded:
    """How many rows of each table were new, changed, mended or unchanged."""

    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)

    def total(self, outcome: str) -> int:
        return sum(counts.get(outcome, 0) for counts in self.outcomes.values())


def load(
    folder: Path,
    *,
    at,
    by=None,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Load a package into the database, all of it or nothing.

    Raises ``PackageError`` with every error found. A dry run does and undoes the same.
    """
    files = {table.name: _read(folder, table) for table in tables()}
    loaded = Loaded()
    errors = [*_errors_of_description(folder)]
    errors += [found for found in files.values() if isinstance(found, TableError)]
    if errors:
        raise PackageError(errors)
    try:
        with action("package.loaded", by=by, reason=f"load_data {folder.name}"):
            for table in tables():
                if files[table.name] is None:
                    continue
                header, rows = files[table.name]
                checked = table.check(rows, header, at=at)
                # What passed is saved even beside errors, so that rows of later tables find what
                # they refer to; the errors then undo it all.
                refused = table.apply(checked, at=at, by=by)
                errors += checked.errors + refused
                counts = {o: checked.count(o) for o in ("new", "changed", "mended", "unchanged")}
                loaded.outcomes[table.name] = counts
                progress(f"{table.name}: {len(rows)} rows, {len(checked.errors + refused)} errors")
            if errors:
                raise PackageError(errors)
            if dry_run:
                raise _TryRunError
    except _TryRunError:
        pass
    return loaded


def _errors_of_description(folder):
    """What is wrong with the package's datapackage.json; what its tables hold, they are asked themselves."""
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
            name, 0, f"line {error.lineno}", f"This is not JSON ({error.msg}). Mend the line."
        )
    else:
        if not isinstance(package, dict) or not isinstance(package.get("resources"), list):
            yield TableError(
                name, 0, "", "It describes no tables. Give it “resources”, as export_data does."
            )


def _read(folder, table):
    path = folder / f"{table.name}.csv"
    if not path.exists():
        return None
    try:
        # Read as it is: Python would turn the line ends within a cell into others.
        return read_csv(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return TableError(table.name, 0, "", "The file is not UTF-8. Save it as “CSV UTF-8”.")
    except ValueError as error:
        return TableError(table.name, 0, "", str(error))


def export(folder: Path, *, progress: Callable[[str], None] = lambda _: None) -> None:
    """Write every table and datapackage.json into a folder, which is made if need be.

    All of it or nothing: raises ``OSError``, and then the folder is as it was.
    """
    names = [f"{table.name}.csv" for table in tables()] + ["datapackage.json"]
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
            Path(draft, "datapackage.json").write_text(described(), encoding="utf-8")
            for name in names:
                Path(draft, name).replace(folder / name)
    except BaseException:
        for path in made:
            with suppress(OSError):
                path.rmdir()
        raise


# -- what of it is public -------------------------------------------------------------------------


def public_rows(table: Table, at: datetime | None = None) -> QuerySet:
    """The rows of a table that had been published by a moment; without one, all that ever were.

    Statements: every version but what was mended at once and so never stood. Things: those of which
    something had been said, and those that what had been said speaks of.
    """
    rows = table.queryset()
    if table.is_statement:
        published = rows.published_by(at) if at else rows
        return published.exclude(superseded_at=F("published_at"))
    if at is None:
        known = rows if table.model is Source else rows.ever_known()
    else:
        known = rows.published_by(at) if table.model is Source else rows.known_at(at)
    named = (
        Q(pk__in=public_rows(other, at).values(path))
        for other in tables()
        for model, path in (*other.references, *other.extra_references)
        if model is table.model
    )
    return rows.filter(reduce(or_, named, Q(pk__in=known.values("pk"))))


def counts(at: datetime) -> dict[str, int]:
    """How many rows of each table are public at a moment; one query."""
    return dict(_united([(table, public_rows(table, at)) for table in tables()], Count("pk")))


def content_hash(at: datetime) -> str:
    """A hash that is another one as soon as anything in the package is; two queries.

    The history grows by a row for each change of any kind, so counting it tells. What is announced for a
    moment to come changes how much had been said when that moment is there.
    """
    histories = [(table, table.model.pgh_event_model.objects.all()) for table in tables()]
    dated = [table for table in tables() if table.is_statement or table.model is Source]
    published = [(table, table.queryset().published_by(at)) for table in dated]
    made_of = [
        sorted(_united(histories, Count("pk"), Max("pk"))),
        sorted(_united(published, Count("pk"))),
        described(),
    ]
    return sha256(json.dumps(made_of).encode()).hexdigest()


def _united(tables, *aggregates):
    """Rows of a table's name and what is worked out of its rows, for all tables in one query."""
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
    """The whole package as it stood at a moment: the same bytes for the same data. A query a table.

    ``day``: the past day that is asked for, named in its description.
    """
    # Read from the last: what is recorded meanwhile then finds the things it refers to in the file.
    texts = {table: write_csv(table, public_rows(table, at)) for table in reversed(tables())}
    files = {"LICENCE.txt": LICENCE_TEXT, "datapackage.json": described(day)}
    files |= {f"{table.name}.csv": texts[table] for table in tables()}
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=6) as package:
        for name, text in files.items():
            entry = ZipInfo(name, NO_DATE)
            entry.external_attr = 0o644 << 16
            package.writestr(entry, text.encode(), ZIP_DEFLATED)
    return out.getvalue()


LICENCE_ADDRESS = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
LICENCE_TEXT = f"""\
These tables may be used under the Open Government Licence v3.0:
{LICENCE_ADDRESS}

When you use them, say where they come from:
Better Care Together, Bay Health and Care Partners. Open Government Licence v3.0.

They quote documents of others. Each of those keeps its own licence, which sources.csv names.
"""


@lru_cache(maxsize=8)
def described(day: date | None = None) -> str:
    """The text of datapackage.json: what each table and column means, keys and licence."""
    stood = f", as it stood on {day_in_words(day)}" if day else ""
    package = {
        "name": "better-care-together",
        "title": f"Better Care Together: the public record{stood}",
        "description": "What the partners of Bay Health and Care Partners said, when, and where it "
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
                "path": "sources.csv",
            }
        ],
        "resources": [table.schema() for table in tables()],
    }
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"
