"""Programmes and what is said of them: statements copied from a document unless they say otherwise.

Each takes ``said``: a date as a source writes it (``"2017-06"``) or a moment; and ``source``.

telehealth = programme("telehealth", name="Telehealth")
status_update(telehealth, "on_track", said="2019-11")
status_update(telehealth, "at_risk", period=date(2026, 10, 1), said=datetime(…))   # one of the portal's
opening = milestone(telehealth, "opening", due="2019-03", said="2018-06")
moved(opening, due="2019-06", said="2019-02", reason="building works")
figure(telehealth, 1590, counts="appointments avoided", said="2016")
"""

from datetime import UTC, date, datetime
from itertools import count

from bhcp_portal.kit.dates import span
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.proposal import Act, ProposedRow, Why
from partners.models import User
from programmes.models import (
    Figure,
    Milestone,
    MilestoneDate,
    Money,
    Programme,
    ProgrammeIcc,
    ProgrammePartner,
    ProgrammeProfile,
    ProgrammeStage,
    StatusUpdate,
)
from programmes.models.status import NEEDS_REASON, UpdateState
from tests.clock import OnTime
from tests.factories.kit import on_record as put_on_record
from tests.factories.kit import source
from tests.factories.partners import person

LONG_AGO = "2015"
_numbers = count(1)


def programme(slug=None, *, name=None, published=LONG_AGO, **profile):
    """A programme and what is said of it; each call gives another one unless its slug is said."""
    slug = slug or f"programme-{next(_numbers)}"
    made, _ = Programme.objects.get_or_create(slug=slug)
    profile = {"purpose": f"What {slug} is for.", **_written(profile, "starts", "ends")}
    name = name or slug.replace("-", " ").capitalize()
    _record(ProgrammeProfile, published, programme=made, name=name, **profile)
    return made


def status_update(programme, status="", *, published="2019-11", period=None, **fields):
    """How a programme is going: from a document, or with a ``period`` as the portal's own."""
    fields.setdefault("state", UpdateState.PUBLISHED)
    if not status:
        fields.setdefault("source_words", "Embedded")
    if period:
        fields = {**_portal_words(status, period), **_two_people(), **fields}
    return _record(
        StatusUpdate, published, programme=programme, status=status, period=period, **fields
    )


def stage(programme, stage, *, published="2019", **fields):
    """How far a programme has come."""
    return _record(ProgrammeStage, published, programme=programme, stage=stage, **fields)


def _two_people():
    """An author, and the other person who approved it."""
    ann, bob = (
        User.objects.filter(email=f"{name}@example.org").first() or person(f"{name}@example.org")
        for name in ("the-author", "the-approver")
    )
    at = datetime(2015, 1, 1, tzinfo=UTC)
    return {
        "author": ann,
        "submitted_by": ann,
        "submitted_at": at,
        "decided_by": bob,
        "decided_at": at,
    }


def _portal_words(status, period):
    """What the rules of the portal ask beside a status."""
    words = {"summary": f"How it went in {period:%B}."}
    if status in NEEDS_REASON:
        words |= {
            "status_reason": "Two nurses have left and are not replaced yet.",
            "next_step": "Recruit two nurses",
            "next_step_owner": "Ward manager",
            "next_step_on": date(period.year + 1, 1, 31),
        }
    if status == "off_track":
        words["end_date_changes"] = False
    if status == "paused":
        words["next_decision_on"] = date(period.year + 1, 1, 31)
    if status in ("complete", "stopped", "merged"):
        words["explanation"] = "The work is over."
    return words


def milestone(programme, slug=None, *, title=None, published="2018", **fields):
    """A milestone and the first that is said of it; ``due`` and ``done`` are dates as sources write them."""
    slug = slug or f"milestone-{next(_numbers)}"
    made = Milestone.objects.create(slug=slug, programme=programme)
    moved(made, published=published, title=title or slug.replace("-", " ").capitalize(), **fields)
    return made


def moved(milestone, *, published, title=None, **fields):
    """Another thing said of a milestone: a new date, or with ``done`` that it was reached."""
    fields = _written(fields, "due", "done")
    fields.setdefault("state", "done" if fields.get("done_as") else "planned")
    title = title or milestone.dates.order_by("published_at").first().title
    return _record(MilestoneDate, published, milestone=milestone, title=title, **fields)


def figure(programme=None, value=1000, *, published="2018", **fields):
    """A reported number; without a programme or ``icc`` it speaks of the whole bay."""
    fields = {"code": f"figure-{next(_numbers)}", "counts": "appointments", **fields}
    return _record(Figure, published, programme=programme, value=value, **fields)


def money(programme=None, amount=4_700_000, *, year="2017/18", published="2017", **fields):
    """An amount of money in a year."""
    fields = {
        "code": f"money-{next(_numbers)}",
        "kind": Money.Kind.AWARDED,
        "what_for": "the vanguard programme",
        **fields,
    }
    return _record(Money, published, programme=programme, amount=amount, year=year, **fields)


def partner_role(programme, partner, role="lead", *, published=LONG_AGO, **fields):
    """What a partner does on a programme."""
    fields = _written(fields, "starts", "ends")
    return _record(
        ProgrammePartner, published, programme=programme, partner=partner, role=role, **fields
    )


def placed_in(programme, icc, *, published=LONG_AGO, **fields):
    """That a programme works in an ICC."""
    fields = _written(fields, "starts", "ends")
    return _record(ProgrammeIcc, published, programme=programme, icc=icc, **fields)


def _record(model, published, **fields):
    when = {"at": published} if isinstance(published, datetime) else {"published_as": published}
    return put_on_record(model, **when, **fields)


def _written(fields, *names):
    """``due="2019-03"`` as the pair of fields that a written date fills."""
    fields = dict(fields)
    for name in names:
        if name not in fields:
            continue
        text = fields.pop(name)
        fields |= {f"{name}_as": text, f"{name}_on": span(text).last if text else None}
    return fields


def money_proposed(programme, *, by, at):
    """A proposal, not sent yet, of money spent on a programme, as a document says."""
    paper = source("accounts")
    cells = dict.fromkeys(("qualifier", "note", "reason"), "") | {
        "programme": programme.slug,
        "year": "2018/19",
        "kind": "spent",
        "amount": "1000",
        "what_for": "Rooms",
        "code": "rooms",
        "source": paper.slug,
        "published_at": "2019",
        "certainty": "sourced",
    }
    row = ProposedRow("money", Act.ADD, cells, Why.DOCUMENT)
    return OnTime(record).begin(rows=[row], title="Money: Rooms", by=by, at=at)
