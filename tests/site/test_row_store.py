"""The row store of the first content: each kind in it as its statements tell."""

from datetime import date

import pytest

from bhcp_portal.kit.dates import end_of
from bhcp_portal.kit.kinds import kinds
from tests.clock import present
from tests.kit.test_public_rows import in_store, rebuild, stored, worked_out
from tests.site.crawling import PAST_DAYS

pytestmark = pytest.mark.usefixtures("content")


def test_every_kind_is_stored_as_its_statements_tell_on_any_day():
    for at in (present(), *(end_of(date.fromisoformat(day)) for day in PAST_DAYS)):
        for kind in kinds():
            assert in_store(kind.model, at) == worked_out(kind.model, at), (kind.one, at)


def test_rows_made_anew_are_the_same():
    kept = stored()
    rebuild()
    assert stored() == kept
