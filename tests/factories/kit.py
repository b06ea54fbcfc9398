"""Sources, statements put on the record, and the queue."""

from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count

from django.db import transaction
from django_tasks_db.models import DBTaskResult

from bhcp_portal.kit.actions import publish
from bhcp_portal.kit.dates import last_second, span
from bhcp_portal.kit.launch import Launch, launched_at
from bhcp_portal.kit.proposals import approve_proposal, decision_token
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import Origin
from partners.hard_words import hard_words
from partners.models import SourceProfile, TermMeaning
from partners.models.partnership import site_name
from tests.clock import clock, present

RECORDED = []
# Before anything that a test puts on the record.
LAUNCHED = datetime(1990, 1, 1, tzinfo=UTC)
_numbers = count(1)
# The paper of each date in this test (tests/conftest.py empties it).
PAPERS = {}


def source(slug=None, *, published_as="2015", **fields):
    """A document; each call gives another one unless its slug is said."""
    slug = slug or f"paper-{next(_numbers)}"
    made = Source.objects.create(slug=slug)
    words = {"title": f"The paper {slug}", "publisher": "A council", **fields}
    profile = SourceProfile(
        cited=made,
        source=made,
        origin=Origin.DOCUMENT,
        dated_as=published_as,
        dated_on=span(published_as).last,
        **words,
    )
    put_on_record(profile, published_as=published_as)
    return made


def on_record(model, *, published_as=None, at=None, **fields):
    """A statement on the record: copied from a document unless it has an author.

    Its date is ``published_as`` (a day, month, year or range), else ``at``, else its source's date.
    It came on the record at that moment.
    """
    if "origin" not in fields:
        fields["origin"] = Origin.PORTAL if fields.get("author") else Origin.DOCUMENT
    if fields["origin"] == Origin.DOCUMENT and "source" not in fields:
        fields["source"] = _paper_of(published_as or "2015")
    if published_as is None and at is None:
        published_as = fields["source"].profiles.get().published_as
    return put_on_record(model(**fields), at=at, published_as=published_as)


@contextmanager
def all_recorded(at):
    """Inside the block what is put on the record comes there at one moment, whenever it was said."""
    RECORDED.append(at)
    try:
        yield
    finally:
        RECORDED.pop()


def put_on_record(statement, *, published_as=None, at=None):
    """Publish a statement that came on the record at the moment when it was said."""
    said = last_second(span(published_as).last) if published_as else at
    if launched_at() is None:
        with clock(LAUNCHED):
            Launch.objects.create(launched_at=LAUNCHED)
    with transaction.atomic(), clock(RECORDED[-1] if RECORDED else said):
        publish(statement, at=at, published_as=published_as or "")
    # A server reads the one once in its life and the others seldom, so a test does it before it counts queries.
    launched_at()
    site_name.keep()
    if isinstance(statement, TermMeaning) or not hard_words._kept:
        hard_words.keep()
    return statement


def approved(proposal, *, by, at=None):
    """Publish what somebody proposed, as another person does; gives the statement."""
    at = at or present()
    with clock(at):
        return approve_proposal(proposal=proposal, seen=decision_token(proposal), by=by, at=at)


def _paper_of(published_as):
    if published_as not in PAPERS:
        PAPERS[published_as] = source(published_as=published_as)
    return PAPERS[published_as]


def run_queue():
    """Does what waits in the queue, as its worker would."""
    for waiting in DBTaskResult.objects.ready().order_by("enqueued_at"):
        waiting.task.call(*waiting.args_kwargs["args"], **waiting.args_kwargs["kwargs"])
        waiting.set_successful(None)
