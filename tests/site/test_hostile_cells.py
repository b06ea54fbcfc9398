"""What nobody should write in a cell, in every column of every table: refused by name, or held as it is."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, transaction

from bhcp_portal.kit.kinds import tables
from bhcp_portal.kit.tables import RECORD_NAMES, Checked, Table, refusal_sentence

pytestmark = pytest.mark.usefixtures("content")
HOSTILE = ("\0", "1" + "0" * 30, "9999999999", "-1", "NaN", "Infinity", "x" * 5000)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_a_column_takes_the_database_holds_and_the_rest_is_refused_by_column(text):
    now, too_long = datetime.now(UTC), refusal_sentence(DataError())
    for table in (each for each in tables() if isinstance(each, Table)):
        [stands, *_] = list(table.rows()) or [dict.fromkeys(c.name for c in table.all_columns)]
        base = {name: cell or "" for name, cell in stands.items()} | dict.fromkeys(RECORD_NAMES, "")
        check = table.checker()
        _, errors = check(dict.fromkeys(base, text), 2)
        assert all(error.row == 2 and error.message for error in errors)
        taken = set(base) - {error.column for error in errors} - set(RECORD_NAMES)
        row, errors = check(base | dict.fromkeys(taken, text), 2)
        if errors:
            continue
        with transaction.atomic():
            refused = table.apply(Checked([row], []), at=now)
            transaction.set_rollback(True)
        assert too_long not in [error.message for error in refused], (table.name, taken)
