"""What the list of programmes and the page of one programme show."""

from dataclasses import dataclass
from operator import attrgetter

from bhcp_portal.kit.dates import london_day
from programmes.models import (
    Milestone,
    Objective,
    Programme,
    ProgrammeProfile,
    ProgrammeStage,
    Stage,
    StatusUpdate,
)
from programmes.models.programme import report_words
from programmes.models.status import ENDED, Standing
from programmes.presenters.milestones import plans
from programmes.presenters.money import money_by_year

NEWEST_NEWS = 10


def list_rows(programmes, *, at, day):
    """A list of programmes, sorted by name, for ``programmes/_row.html``; always three queries."""
    return list(programmes.with_rows(at, day))


def in_tree_order(entries):
    """Programmes sorted by name, each followed by its parts, as pairs (primary key, is_part).

    ``entries``: the tuples of ``in_the_tree``. ``is_part``: it stands under its parent. A programme
    whose parent is not among the entries stands by itself.
    """
    keys = {key for key, _, _, _ in entries}
    parts = {}
    for key, _, _, parent in entries:
        parts.setdefault(parent if parent in keys else None, []).append(key)
    ordered, seen = [], set()
    # A stack of what is still to be placed, the next one last. All entries lie at its bottom:
    # programmes that name each other as parent are reached from no other and so come at the end.
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
    """The rows of one page of ``in_tree_order``, as a list of pairs (programme, is_part)."""
    programmes = Programme.objects.filter(pk__in=[key for key, _ in page]).with_rows(at, day)
    found = {programme.pk: programme for programme in programmes}
    return [(found[key], is_part) for key, is_part in page]


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    """Everything that a programme's page shows, as published by a moment."""

    programme: Programme
    profile: ProgrammeProfile
    standing: Standing
    stage: ProgrammeStage | None
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
    has_ended: bool

    @property
    def ends_key(self):
        """The label of the end date. An end still to come when it was published was only meant."""
        published_on = london_day(self.profile.published_at)
        is_over = self.has_ended or self.profile.ends_on <= published_on
        return "Ended" if is_over else "Meant to end"

    @property
    def objectives(self):
        """The objectives as pairs of code and name."""
        return [(code, Objective(code).label) for code in self.profile.objectives]


def programme_page(slug, *, at, day):
    """The ``ProgrammePage`` of the programme with a slug; ten queries.

    ``None`` if the programme has no profile that is live at the moment.
    """
    family = list(ProgrammeProfile.objects.family_of(slug, at))
    profile = next((each for each in family if each.programme.slug == slug), None)
    if profile is None:
        return None
    programme = profile.programme
    named = {each.programme_id: each for each in family}
    update = programme.updates.live(at).newest_first().with_names(at).with_sources(at).first()
    stage = programme.stages.live(at).with_sources(at).first()
    roles = list(programme.partner_links.live(at).with_partner_names(at).order_by("role", "pk"))
    for role in roles:
        role.name = _partner_name(role.partner, day)
    lead = next((role for role in roles if role.role == role.Role.LEAD and role.is_on(day)), None)
    iccs = list(programme.icc_links.live(at).on(london_day(at)).by_icc_name(at))
    milestones = Milestone.objects.of_programme(programme, at)
    into = profile.merged_into_id if profile.has_ended(day) else None
    has_ended = bool(
        into or (update and update.status in ENDED) or (stage and stage.stage == Stage.ENDED)
    )
    ahead, behind = plans(milestones, day, has_ended=has_ended)
    figures = programme.figures.live(at).with_sources(at).in_groups()
    money = money_by_year(programme.money.live(at).with_sources(at))
    into = into or (update.merged_into_id if update else None)
    statements = [
        profile,
        *([update] if update else []),
        *([stage] if stage else []),
        *roles,
        *iccs,
        *(milestone.current for milestone in milestones),
        *(figure for group in figures for figure in group.figures),
        *(amount for year in money for line in year.lines for amount in line.amounts),
    ]
    return ProgrammePage(
        programme=programme,
        profile=profile,
        standing=StatusUpdate.standing_of(update, at, day, has_ended=profile.has_ended(day)),
        stage=stage,
        update=update,
        parent=named.get(profile.parent_id),
        parts=_named(s for s in family if s.parent_id == programme.pk),
        merged_into=named.get(into),
        merged_from=_named(
            s for s in family if s.merged_into_id == programme.pk and s.has_ended(day)
        ),
        lead=lead,
        others=[role for role in roles if role is not lead],
        iccs=iccs,
        ahead=ahead,
        behind=behind,
        figures=figures,
        money=money,
        news=list(programme.news_versions.newest_first(at)[:NEWEST_NEWS]),
        last_report=report_words(profile),
        sources=_sources(statements),
        has_ended=has_ended,
    )


def _named(profiles):
    return sorted(profiles, key=lambda profile: profile.name)


def _partner_name(partner, day):
    name = partner.name_on(day)
    return name.name if name else partner.code


def _sources(statements):
    """The profiles of the sources that some statements rest on, each once and newest first."""
    found = {each.source_id: each.source_profile for each in statements if each.source_profile}
    return sorted(found.values(), key=attrgetter("newest"), reverse=True)
