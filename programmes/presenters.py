"""Shapes of the programmes' pages, where a template would need grouping or arithmetic."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise

from bhcp_portal.kit.dates import london_day, span
from programmes.models import (
    MilestoneDate,
    Objective,
    Programme,
    ProgrammeProfile,
    StatusUpdate,
)
from programmes.models.programme import report_words
from programmes.models.status import CONFIRMED_FOR, Standing

DUE_SOON = 30
SHORT_REASON = 60
NEWEST_NEWS = 10


# -- lists ----------------------------------------------------------------------------------------


def rows(programmes, *, at, day):
    """The programmes as ``programmes/_row.html`` shows them, by name; three queries, however many."""
    return list(programmes.with_rows(at, day))


def in_tree_order(entries):
    """Programmes by name, each followed by its parts, as pairs (key, whether it stands under its parent).

    ``entries`` come from ``in_the_tree``. One whose parent is not among them stands by itself.
    """
    keys = {key for key, _, _, _ in entries}
    parts = {}
    for key, _, _, parent in entries:
        parts.setdefault(parent if parent in keys else None, []).append(key)
    ordered, seen = [], set()
    # What is still to be placed, the next one last; two that name each other as parent hang from
    # nothing and come at the end.
    waiting = [(key, False) for key, _, _, _ in reversed(entries)]
    waiting += [(key, False) for key in reversed(parts.get(None, []))]
    while waiting:
        key, is_part = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        ordered.append((key, is_part))
        waiting += [(part, True) for part in reversed(parts.get(key, []))]
    return ordered


def rows_of(page, *, at, day):
    """The rows of one page of ``in_tree_order``, as pairs (programme, whether it stands under its parent)."""
    programmes = Programme.objects.filter(pk__in=[key for key, _ in page]).with_rows(at, day)
    found = {programme.pk: programme for programme in programmes}
    return [(found[key], is_part) for key, is_part in page]


# -- milestones -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MilestonePlan:
    """A milestone as a page shows it on a day.

    ``timing``: what the day makes of its date ("Due in 12 days", "Overdue by 3 days", "No outcome was
    reported"). ``moves``: every change of its date, as ``slip_strip`` takes them.
    """

    slug: str
    said: MilestoneDate
    state: str
    due: str
    timing: str
    is_late: bool
    is_ahead: bool
    first: str
    first_said: str
    slip: str
    moves: list
    done: str
    sort_on: date | None


def plan_of(milestone, day):
    """A milestone, loaded ``with_dates``, as a page shows it on a day."""
    now = milestone.current
    dated = [said for said in milestone.said if said.due_as]
    first, last = (dated[0], dated[-1]) if dated else (None, None)
    moved = [(old, new) for old, new in pairwise(dated) if old.due_as != new.due_as]
    timing, is_late = _timing(now, last, day)
    is_silent = timing == NO_OUTCOME
    return MilestonePlan(
        slug=milestone.slug,
        said=now,
        state=now.get_state_display(),
        due=last.due_words if last else "",
        timing=timing,
        is_late=is_late,
        is_ahead=now.is_open and not is_silent,
        first=first.due_words if first else "",
        first_said=first.published_words if first else "",
        slip=_slip(first, last, moved),
        moves=[
            {
                "date": new.due_words,
                "later": _later(old, new),
                "said": new.published_words,
                "reason": new.reason,
            }
            for old, new in moved
        ],
        done=_done(now, first),
        sort_on=now.done_on or (last.due_on if last else None),
    )


NO_OUTCOME = "No outcome was reported"


def _timing(now, dated, day):
    """What a day makes of an open milestone, and whether it is late."""
    if not now.is_open:
        return "", False
    silent = day - london_day(now.published_at) > CONFIRMED_FOR
    if dated is None:
        return (NO_OUTCOME if silent else "No date was given"), False
    days = (dated.due_on - day).days
    if days < 0:
        if silent and -days > CONFIRMED_FOR.days:
            return NO_OUTCOME, False
        return f"Overdue by {_days(-days)}", True
    if days > DUE_SOON:
        return "", False
    return ("Due today" if days == 0 else f"Due in {_days(days)}"), False


def _slip(first, last, moved):
    """``Moved from March to June 2019, 91 days later: building works``; nothing where it never moved."""
    if not moved or first.due_as == last.due_as:
        return "Moved, and now back on its first date" if moved else ""
    words = f"Moved from {_from_to(first.due_words, last.due_words)}, {_later(first, last)}"
    # A long reason stands in the strip alone, as several do.
    reason = moved[0][1].reason if len(moved) == 1 else ""
    return f"{words}: {reason}" if 0 < len(reason) <= SHORT_REASON else words


def _from_to(first, last):
    """``March to June 2019``; both years where they differ."""
    year = last[-5:]
    return f"{first.removesuffix(year)} to {last}"


def _later(old, new):
    """How far a date moved, in days."""
    before, after = span(old.due_as), span(new.due_as)
    if before.first <= after.first and after.last <= before.last:
        return "the same date said more exactly"
    if after.first <= before.first and before.last <= after.last:
        return "the same date said less exactly"
    days = (after.last - before.last).days
    return f"{_days(abs(days))} {'later' if days > 0 else 'earlier'}"


def _done(now, first):
    """When it was done, and whether that was after the first date."""
    if not now.done_as:
        return ""
    if first is None:
        return now.done_words
    done, due = span(now.done_as), span(first.due_as)
    if done.first <= due.last:
        return now.done_words
    if done.first == done.last:
        return f"{now.done_words}, {_days((done.last - due.last).days)} after the first date"
    return f"{now.done_words}, after the first date"


def _days(number):
    return "1 day" if number == 1 else f"{number:,} days"


def plans(milestones, day):
    """The milestones as two lists: what is still to come by its date, and the rest, the newest first."""
    shown = [plan_of(milestone, day) for milestone in milestones]
    ahead = [plan for plan in shown if plan.is_ahead]
    ahead.sort(key=lambda plan: plan.sort_on or date.max)
    behind = [plan for plan in shown if not plan.is_ahead]
    behind.sort(key=lambda plan: plan.sort_on or date.min, reverse=True)
    return ahead, behind


# -- money ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One amount as its sources give it. ``disagree``: they give different amounts."""

    kind: str
    what_for: str
    amounts: list
    disagree: bool


@dataclass(frozen=True, slots=True)
class MoneyYear:
    year: str
    lines: list


def money_by_year(money):
    """Amounts by year; what several sources say of the same thing stands side by side; one query."""
    ordered = money.select_related("source").order_by(
        "year", "kind", "what_for", "published_at", "code"
    )
    return [
        MoneyYear(year, [_line(list(same)) for _, same in groupby(of_year, _same_amount)])
        for year, of_year in groupby(ordered, lambda amount: amount.year)
    ]


def _same_amount(amount):
    return amount.kind, amount.what_for


def _line(amounts):
    different = {(amount.amount, amount.qualifier) for amount in amounts}
    return MoneyLine(
        amounts[0].get_kind_display(), amounts[0].what_for, amounts, len(different) > 1
    )


# -- one programme --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    """All that a programme's page shows, as it had been said by a moment."""

    programme: Programme
    profile: ProgrammeProfile
    standing: Standing
    update: StatusUpdate | None
    parent: ProgrammeProfile | None
    parts: list
    merged_into: ProgrammeProfile | None
    merged_from: list
    lead: object
    others: list
    iccs: list
    ahead: list
    behind: list
    figures: list
    money: list
    news: list
    last_report: str
    sources: list

    @property
    def ends_key(self):
        """Whether its end was reported, or only meant, when it was said."""
        said_on = london_day(self.profile.published_at)
        return "Ended" if self.profile.ends_on <= said_on else "Meant to end"

    @property
    def objectives(self):
        """Pairs of an objective's code and name."""
        return [(code, Objective(code).label) for code in self.profile.objectives]


def programme_page(slug, *, at, day):
    """The page of a programme; ``None`` where nothing had been said of it. Ten queries."""
    family = list(ProgrammeProfile.objects.family_of(slug, at))
    profile = next((said for said in family if said.programme.slug == slug), None)
    if profile is None:
        return None
    programme = profile.programme
    named = {said.programme_id: said for said in family}
    update = (
        programme.updates.live(at).newest_first().with_names(at).select_related("source").first()
    )
    roles = list(programme.partner_links.live(at).with_partner_names(at).order_by("role", "pk"))
    for role in roles:
        role.name = _partner_name(role.partner, day)
    lead = next((role for role in roles if role.role == role.Role.LEAD and role.is_on(day)), None)
    iccs = list(programme.icc_links.live(at).by_icc_name(at))
    milestones = list(programme.milestones.known_at(at).with_dates(at))
    ahead, behind = plans(milestones, day)
    figures = programme.figures.live(at).in_groups()
    money = money_by_year(programme.money.live(at))
    into = profile.merged_into_id or (update.merged_into_id if update else None)
    said = [
        profile,
        *([update] if update else []),
        *roles,
        *iccs,
        *(milestone.current for milestone in milestones),
        *(figure for group in figures for figure in group.figures),
        *(amount for year in money for line in year.lines for amount in line.amounts),
    ]
    return ProgrammePage(
        programme=programme,
        profile=profile,
        standing=StatusUpdate.standing_of(update, at, day),
        update=update,
        parent=named.get(profile.parent_id),
        parts=_named(s for s in family if s.parent_id == programme.pk),
        merged_into=named.get(into),
        merged_from=_named(s for s in family if s.merged_into_id == programme.pk),
        lead=lead,
        others=[role for role in roles if role is not lead],
        iccs=iccs,
        ahead=ahead,
        behind=behind,
        figures=figures,
        money=money,
        news=list(programme.news_versions.newest_first(at)[:NEWEST_NEWS]),
        last_report=report_words(profile.last_said),
        sources=_sources(said, day),
    )


def _named(profiles):
    return sorted(profiles, key=lambda profile: profile.name)


def _partner_name(partner, day):
    name = partner.name_on(day)
    return name.name if name else partner.code


def _sources(statements, day):
    """The sources that statements rest on and that were out on a day, the newest first."""
    found = {said.source_id: said.source for said in statements if said.source_id}
    return sorted(
        (source for source in found.values() if source.is_out_on(day)),
        key=lambda source: (source.published_at, source.slug),
        reverse=True,
    )


# -- all updates of a programme -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToldUpdate:
    """An update as the list of all of them shows it.

    ``replaced_on``: the day it was replaced, empty while it stands; ``standing`` is what it said of how
    things were, and of the newest one what that is worth now.
    """

    update: StatusUpdate
    standing: Standing
    replaced_on: date | None
    replaced_because: str


def told_updates(updates, *, newest, at, day):
    """The updates of a page of ``ever_said``, each with what became of it by a moment.

    ``newest``: the one that says how the programme stands; if it is too old, its status is withdrawn.
    """
    return [_told(update, update == newest, at, day) for update in updates]


def _told(update, is_newest, at, day):
    then = update.published_at, london_day(update.published_at)
    is_replaced = update.superseded_at is not None and update.superseded_at <= at
    return ToldUpdate(
        update=update,
        standing=StatusUpdate.standing_of(update, *((at, day) if is_newest else then)),
        replaced_on=london_day(update.superseded_at) if is_replaced else None,
        replaced_because=(update.replaced_because or "") if is_replaced else "",
    )


# -- goals ----------------------------------------------------------------------------------------


def objectives(meanings):
    """What had been said of the objectives, in their own order."""
    order = list(Objective)
    return sorted(meanings.select_related("source"), key=lambda said: order.index(said.objective))


def goals(known):
    """The goals in the order their source gives them."""
    return sorted(known, key=lambda goal: (goal.profile.position, goal.profile.name))
