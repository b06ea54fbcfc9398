"""The open-data package: every public table as a CSV file, with a datapackage.json that describes them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import engagement.tables
import iccs.tables
import partners.tables
import programmes.tables
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.tables import LICENCE, SourceTable, Table, TableError, read_csv, write_csv

# Each table comes after those it refers to.
TABLES: tuple[Table, ...] = (
    SourceTable(),
    *partners.tables.TABLES,
    *iccs.tables.TABLES,
    *programmes.tables.TABLES,
    *engagement.tables.TABLES,
)


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
    tell: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Load a package into the database, all of it or nothing.

    Raises ``PackageError`` with every error found. A dry run does and undoes the same.
    """
    files = {table.name: _read(folder, table) for table in TABLES}
    loaded = Loaded()
    errors = [found for found in files.values() if isinstance(found, TableError)]
    if errors:
        raise PackageError(errors)
    try:
        with action("package.loaded", by=by, reason=f"load_data {folder.name}"):
            for table in TABLES:
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
                tell(f"{table.name}: {len(rows)} rows, {len(checked.errors + refused)} errors")
            if errors:
                raise PackageError(errors)
            if dry_run:
                raise _TryRunError
    except _TryRunError:
        pass
    return loaded


def _read(folder, table):
    path = folder / f"{table.name}.csv"
    if not path.exists():
        return None
    try:
        return read_csv(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return TableError(table.name, 0, "", "The file is not UTF-8. Save it as “CSV UTF-8”.")
    except ValueError as error:
        return TableError(table.name, 0, "", str(error))


def export(folder: Path, *, tell: Callable[[str], None] = lambda _: None) -> None:
    """Write every table and datapackage.json into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        (folder / f"{table.name}.csv").write_text(write_csv(table), encoding="utf-8")
        tell(table.name)
    (folder / "datapackage.json").write_text(described(), encoding="utf-8")


def described() -> str:
    """The text of datapackage.json: what each table and column means, keys and licence."""
    package = {
        "name": "better-care-together",
        "title": "Better Care Together: the public record",
        "description": "What the partners of Bay Health and Care Partners said, when, and where it "
        "came from. Every version of every statement; natural keys; a table of sources.",
        "profile": "tabular-data-package",
        "licenses": [
            {
                "name": LICENCE,
                "title": "Open Government Licence v3.0",
                "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
            }
        ],
        "resources": [table.schema() for table in TABLES],
    }
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"
