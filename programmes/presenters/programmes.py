"""What the list of programmes and the page of one programme show."""

import re
from dataclasses import dataclass

from bhcp_portal.kit.dates import london_day
from programmes.models import (
    Milestone,
    Objective,
    Programme,
    ProgrammeProfile,
    ProgrammeStage,
    Status,
    StatusUpdate,
)
from programmes.models.programme import report_words
from programmes.models.status import NEEDS_REASON, Standing
from programmes.presenters.aims import aims_of
from programmes.presenters.metric_links import measures_of
from programmes.presenters.milestones import in_order, plan_of
from programmes.presenters.money import money_by_year
from programmes.presenters.timeline import Timeline, timeline

NEWEST_NEWS = 3
MOST_HEADLINES = 3
MOST_MILESTONES = 8
FEW_PLACES = 5
SHORT = 20  # words after which the first sentences are enough
# What sources leave out of the name of an NHS body.
FORMAL = re.compile(r"^NHS | NHS(?: Foundation)? Trust$")


@dataclass(frozen=True, slots=True)
class NamedAsLead:
    """A part of a source's words for who leads, with the role of the partner that it names, if any."""

    words: str
    role: object = None


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    """Everything that a programme's page shows, as published by a moment.

    ``lead``: the role of the partner that leads; ``lead_also``: its other roles. ``lead_words``: the
    ``NamedAsLead`` in a source's words, if they say more. ``others``: every other role.
    """

    programme: Programme
    profile: ProgrammeProfile
    standing: Standing
    stage: ProgrammeStage | None
    update: StatusUpdate | None
    parent: ProgrammeProfile | None
    parts: list
    merged_into: ProgrammeProfile | None
    merged_from: list
    merging_into: ProgrammeProfile | None
    merging_from: list
    lead: object
    lead_also: list
    lead_words: list
    others: list
    iccs: list
    milestones: list
    measures: list
    aims: list
    figures: list
    money: list
    news: list
    last_report: str
    has_ended: bool
    timeline: Timeline | None

    @property
    def lead_rests_on(self):
        """What says who leads: the roles named in a source's words, then those words."""
        return [*(part.role for part in self.lead_words if part.role), self.profile]

    @property
    def ends_key(self):
        """The label of the end date. An end still to come when it was published was only meant."""
        published_on = london_day(self.profile.published_at)
        is_over = self.has_ended or self.profile.ends_on <= published_on
        return "Ended" if is_over else "Meant to end"

    @property
    def reason_to_end(self):
        """Why it is to end, while that is still to come; empty if nobody said, or once it has ended."""
        is_to_come = self.profile.ends_as and self.ends_key != "Ended"
        return self.profile.end_reason if is_to_come else ""

    @property
    def purpose(self):
        """Its purpose as a pair: the first sentences, of about 25 words, and the rest."""
        return first_sentences(self.profile.purpose)

    @property
    def headlines(self):
        """What people got: the newest result of each group of figures, of the newest groups; a few.

        Pairs of a figure and the name of the community that it is of, if it is of one. A rate
        that an aim is held against says how the aim fares, and stands beside it alone.
        """
        newest = [group.newest_result() for group in self.figures]
        found = [figure for figure in newest if figure and figure not in self._answers]
        found.sort(key=lambda figure: figure.last_day, reverse=True)
        places = {link.icc_id: link.icc_name for link in self.iccs}
        return [(figure, places.get(figure.icc_id, "")) for figure in found[:MOST_HEADLINES]]

    @property
    def _answers(self):
        return [aim.result for aim in self.aims if aim.result and aim.result.unit == "%"]

    @property
    def is_answered_by_aims(self):
        """Whether results are known, but only of what was aimed at."""
        return bool(self._answers)

    @property
    def figures_summary(self):
        """What the disclosure with all its figures is called."""
        number = sum(len(group.figures) for group in self.figures)
        return "One reported figure" if number == 1 else f"{number} reported figures"

    @property
    def reason_heading(self):
        """The heading of the last report where it says why things go badly, else empty."""
        if self.standing.status not in NEEDS_REASON:
            return ""
        verb = "was" if self.standing.stale_since else "is"
        return f"Why it {verb} {Status(self.standing.status).label.lower()}"

    @property
    def report_heading(self):
        """The heading of the last report. Where work had not started there was no progress to report."""
        if self.standing.status == Status.NOT_STARTED:
            return "What was last written"
        return "Last progress report"

    @property
    def late(self):
        """The milestones that were done late or whose day has passed: they lead the answer."""
        return [plan for plan in self.milestones if plan.is_late or plan.late_words]

    @property
    def has_few_places(self):
        """Whether its communities can be named in a line."""
        return len(self.iccs) <= FEW_PLACES

    @property
    def earlier(self):
        """Its first milestones, where they are many: they are folded."""
        return self.milestones[:-MOST_MILESTONES]

    @property
    def latest(self):
        """Its last milestones, with those still to come and those without a date."""
        return self.milestones[-MOST_MILESTONES:]

    @property
    def with_more(self):
        """The milestones of which more is known than their dates."""
        return [plan for plan in self.milestones if plan.moves or plan.statement.description]

    @property
    def objectives(self):
        """The objectives as pairs of code and name."""
        return [(code, Objective(code).label) for code in self.profile.objectives]


def programme_page(slug, *, at, day):
    """The ``ProgrammePage`` of the programme with a slug; twelve queries.

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
    also = [r for r in roles if lead and r is not lead and r.partner_id == lead.partner_id]
    doing = [lead] if lead else [role for role in roles if role.role == role.Role.DELIVERY]
    lead_words = _named_as_lead(profile.lead_words, doing)
    named_as_lead = [part.role for part in lead_words if part.role]
    if lead and named_as_lead == [part.role for part in lead_words]:
        lead_words = []  # They only name it once more.
    iccs = list(programme.icc_links.live(at).on(london_day(at)).by_icc_name(at))
    into = profile.merged_into_id if profile.has_ended(day) else None
    has_ended = bool(into or (update and update.is_end) or (stage and stage.is_end))
    of_it = Milestone.objects.of_programme(programme, at)
    milestones = in_order(plan_of(each, day, has_ended=has_ended) for each in of_it)
    figures = programme.figures.live(at).with_sources(at).in_groups()
    measures = measures_of(programme, at=at, day=day)
    money = money_by_year(programme.money.live(at).with_sources(at))
    into = into or (update.merged_into_id if update else None)
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
        merging_into=None if profile.has_ended(day) else named.get(profile.merged_into_id),
        merging_from=_named(
            s for s in family if s.merged_into_id == programme.pk and not s.has_ended(day)
        ),
        lead=lead,
        lead_also=also,
        lead_words=lead_words,
        others=[role for role in roles if role not in (lead, *also, *named_as_lead)],
        iccs=iccs,
        milestones=milestones,
        measures=measures,
        aims=aims_of(figures),
        figures=figures,
        money=money,
        news=list(programme.news_versions.newest_first(at)[:NEWEST_NEWS]),
        last_report=report_words(profile),
        has_ended=has_ended,
        timeline=timeline(milestones, day),
    )


def first_sentences(text):
    """A text as a pair: its first sentences, until they have ``SHORT`` words, and the rest."""
    sentences = re.split(r"(?<=[.!?])\s+", text)
    first = []
    while sentences and sum(len(each.split()) for each in first) < SHORT:
        first.append(sentences.pop(0))
    return " ".join(first), " ".join(sentences)


def _named(profiles):
    return sorted(profiles, key=lambda profile: profile.name)


def _named_as_lead(words, roles):
    """The parts of a source's words for who leads, the names of partners with a role among them apart."""
    found = {}
    for role in roles:
        for name in role.partner.live_names:
            for called in (name.name, name.short_name, FORMAL.sub("", name.name)):
                if called and (place := re.search(rf"\b{re.escape(called)}\b", words)):
                    longest = max(found.get(role, (0, 0)), place.span(), key=_length)
                    found[role] = longest
    parts, end = [], 0
    for role, (begin, stop) in sorted(found.items(), key=lambda pair: pair[1]):
        if begin >= end:
            parts += [NamedAsLead(words[end:begin]), NamedAsLead(words[begin:stop], role)]
            end = stop
    return [part for part in [*parts, NamedAsLead(words[end:])] if part.words]


def _length(place):
    return place[1] - place[0]


def _partner_name(partner, day):
    name = partner.name_on(day)
    return name.name if name else partner.code
