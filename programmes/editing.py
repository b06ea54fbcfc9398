"""What staff are asked about programmes, their figures and money, and goals."""

from datetime import UTC

from django.urls import reverse

from bhcp_portal.kit.actions import IncompleteError, free_code, free_slug
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import (
    Beginning,
    Editor,
    EndsOf,
    OwnEnd,
    OwnPage,
    Part,
    Question,
    WrittenAt,
    within_ends,
)
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.statements import Origin
from iccs import bounds
from partners.bounds import ends_of_partners
from partners.models import User
from partners.roles import SEE_PROGRAMMES, WRITE_PROGRAMMES
from programmes.actions.endings import (
    ends_to_come,
    is_half_ended,
    require_sound_end,
    with_its_end,
    with_its_own_stage,
)
from programmes.bounds import ends_of_programmes, no_circle
from programmes.models import (
    Figure,
    MetricGoal,
    MetricProgramme,
    Milestone,
    MilestoneDate,
    Money,
    Programme,
    ProgrammePartner,
    Stage,
    StatusUpdate,
)
from programmes.models.status import ENDED, month_to_report
from programmes.tables import figures, goals, milestones, money, programmes, status

# The columns with the days between which something holds, each with its field.
HELD_BETWEEN = {"starts": "starts_as", "ends": "ends_as"}
PROGRAMME = Question("programme", "Programme")


def figure_code(cells):
    """A name for a reported figure that no other has."""
    return free_code(Figure, f"{cells['programme'] or cells['icc'] or 'bay'} {cells['counts']}")


def aim_cell(cells):
    """Whether a reported figure is an aim: as its kind says, or else as before."""
    if cells["kind"]:
        return "yes" if cells["kind"] == Figure.Kind.PLAN else "no"
    return cells["is_aim"] or "no"


def money_code(cells):
    """A name for an amount of money that no other has."""
    words = f"{cells['programme'] or 'bay'} {cells['kind']} {cells['year']} {cells['what_for']}"
    return free_code(Money, words)


def require_one_lead(values, *, old, author, approver, now, day):
    """``IncompleteError`` where another partner leads the programme at the same time."""
    link = ProgrammePartner(**values)
    leads = values["programme"].partner_links.live(now).filter(role=ProgrammePartner.Role.LEAD)
    own = leads.filter(partner=values["partner"]).first()
    for other in leads.exclude(partner=values["partner"]):
        # Where two lead already, one of them can still be ended.
        if link.is_lead_with(other) and not (own and own.is_lead_with(other)):
            sentence = (
                "Another partner leads it at that time. Say first from when it no longer does."
            )
            raise IncompleteError([("partner", sentence)])


def goes_on(programme, at):
    """Whether a programme is on the record with no end, not in its profile, stage or status either."""
    profile = programme.profiles.live(at).first()
    return bool(
        profile and not (profile.ends_as or profile.merged_into_id) and programme.end_at(at) is None
    )


def has_not_ended(programme, at):
    """Whether a programme is on the record and its end, if one is said, is still to come."""
    return programme.profiles.live(at).exists() and programme.end_at(at) is None


def ended_by(*columns, value="", goes_on=goes_on):
    """That the page that ends a programme says so, with its reason and its last status."""
    words = "If the programme has ended or will end, say so on the page that ends it"
    return OwnEnd(columns, "programme", goes_on, "staff:programme_end", words, value)


EDITORS = (
    Editor(
        programmes.ProgrammeProfileTable(),
        (
            PROGRAMME,
            Question("name", "Name", needed="Enter the programme’s name"),
            Question(
                "purpose", "What is it for?", "In about 25 plain words", needed="Say what it is for"
            ),
            Question(
                "objectives",
                "Which objectives does it serve?",
                needed="Choose the objectives that it serves",
            ),
            Question("strand", "Strand of the plan that it is in"),
            Question(
                "lead_words",
                "Who leads it?",
                "In the source’s words. Choose the lead partner under Partners",
            ),
            Question(
                "where_words",
                "Where is it offered?",
                "In the source’s words, such as: across Morecambe Bay. Choose the communities under "
                "Communities",
            ),
            Question("starts", "When did it start?", needed="Enter when it started"),
            Question("ends", "When did it end, or is it meant to?"),
            Question("parent", "Programme that it is part of"),
            Question("merged_into", "Programme that it went to"),
        ),
        fixed=("programme",),
        begins="programme",
        starts="starts",
        ends_on_own_page="ends",
        own_end=ended_by("ends", "merged_into"),
        last_day="ends",
        may_stay_empty=("strand", "lead_words", "where_words", "ends", "parent", "merged_into"),
        along=with_its_end,
        complete=require_sound_end,
        bounds=no_circle,
        locks="programme",
    ),
    Editor(
        programmes.ProgrammeStageTable(),
        (
            PROGRAMME,
            Question("stage", "How far has it come?", needed="Choose how far it has come"),
            Question("source_words", "The source’s own word"),
            Question(
                "is_our_reading",
                "Is it our reading that this word means the stage?",
                "No, if the source says it in the words above, or if there is no source",
                needed="Say whether it is our reading that this word means the stage",
            ),
        ),
        fixed=("programme",),
        along=with_its_own_stage,
        own_end=ended_by("stage", value=Stage.ENDED, goes_on=has_not_ended),
        locks="programme",
    ),
    Editor(
        programmes.ProgrammePartnerTable(),
        (
            PROGRAMME,
            Question("partner", "Partner"),
            Question("role", "What does the partner do?", needed="Choose what the partner does"),
            Question("starts", "From when?", needed="Enter from when"),
            Question("ends", "First day on which it no longer does"),
        ),
        fixed=("programme", "partner"),
        complete=require_one_lead,
        within=within_ends(
            ("programme", ends_of_programmes), ("partner", ends_of_partners), columns=HELD_BETWEEN
        ),
        starts="starts",
        ends="ends",
        days=("starts", "ends"),
    ),
    Editor(
        programmes.ProgrammeIccTable(),
        (
            PROGRAMME,
            Question("icc", "Community"),
            Question("words", "What is done there?", needed="Say what is done there"),
            Question("starts", "First day on which it is so"),
            Question("ends", "First day on which it is no longer so"),
        ),
        fixed=("programme", "icc"),
        starts="starts",
        ends="ends",
        bounds=bounds.holding,
        within=within_ends(("programme", ends_of_programmes), columns=HELD_BETWEEN),
        days=("starts", "ends"),
    ),
    Editor(
        figures.FigureTable(),
        (
            Question("programme", "Programme"),
            Question("icc", "Community"),
            Question("qualifier", "Word before the number", "Such as about, almost or more than"),
            Question("value", "Number"),
            Question("unit", "Unit", "£, %, or a word such as patients"),
            Question(
                "counts",
                "What does it count?",
                "Such as: people seen in the first year",
                needed="Say what it counts",
            ),
            Question("period", "For when, in words"),
            Question("period_as", "For when, as a date"),
            Question(
                "kind",
                "What does it tell of?",
                "Choose a result for what people got or what changed for them. Only results stand "
                "under “What people got”",
            ),
            Question("group", "Subject", "Figures on one subject stand together"),
            Question("keep_apart", "Why can’t it be compared with the others?"),
        ),
        fixed=("programme", "icc"),
        made={"code": figure_code, "is_aim": aim_cell},
        bounds=bounds.dated("period_as"),
    ),
    Editor(
        money.MoneyTable(),
        (
            Question("programme", "Programme"),
            Question("year", "Year", "Such as 2017/18"),
            Question(
                "kind", "What kind of amount is it?", needed="Choose what kind of amount it is"
            ),
            Question("qualifier", "Word before the amount", "Such as about, almost or up to"),
            Question("amount", "Pounds", needed="Enter the amount in pounds"),
            Question("what_for", "What is it for?", needed="Say what it is for"),
        ),
        fixed=("programme",),
        made={"code": money_code},
        within=within_ends(("programme", ends_of_programmes), columns={"year": "year"}),
    ),
    Editor(
        goals.GoalProfileTable(),
        (
            Question("goal", "Goal"),
            Question("name", "The goal in a few words", needed="Enter the goal in a few words"),
            Question(
                "direction", "Which way should it move?", needed="Choose which way it should move"
            ),
            Question("target_words", "The number that was set"),
            Question("about", "More about it"),
            Question(
                "position", "Its place in the list", needed="Enter its place in the list, such as 1"
            ),
        ),
        fixed=("goal",),
        begins="goal",
    ),
    Editor(
        goals.ObjectiveMeaningTable(),
        (
            Question("objective", "Objective"),
            Question("meaning", "What does it mean?", needed="Say what it means"),
        ),
        fixed=("objective",),
    ),
)


def new_milestone(cells, programme):
    """A milestone of a programme of which nothing is said yet."""
    slug = free_slug(Milestone, f"{programme.slug} {cells['title']}")
    return Milestone.objects.create(slug=slug, programme=programme)


def complete_milestone(values, *, old, author, approver, now, day):
    """``IncompleteError`` if another milestone of the programme has the same words."""
    row = MilestoneDate(milestone=values["milestone"], title=values["title"])
    if row.repeats(now):
        raise IncompleteError([("title", row.ON_RECORD.format(row.title))])


def complete_status(values, *, old, author, approver, now, day):
    """Fill in the month and the people of a final status, and hold it to the rules of any other.

    A preview has no approver yet, so somebody else stands for them. ``IncompleteError`` if a rule is
    broken, or if the programme is not, or no longer, said to have ended by the day.
    """
    programme = values["programme"]
    profile = programme.profiles.live(now).first()
    if values["status"] in ENDED and not (profile and profile.has_ended(day)):
        raise IncompleteError([(None, "The programme is no longer said to end on that day.")])
    approver = approver or User.objects.exclude(pk=author.pk).first()
    values |= {"decided_by": approver, "decided_at": approver and now}
    values |= {"submitted_by": author, "submitted_at": now}
    if values["origin"] == Origin.DOCUMENT:
        return
    values["period"] = month_to_report(programme, now)
    if programme.updates.live(now).filter(period=values["period"]).exists():
        values["reason"] = "The programme has ended or paused since."
    facts = StatusUpdate.objects.facts(programme, values["period"], now)
    if errors := facts.errors_of(StatusUpdate(**values)):
        raise IncompleteError(errors)


CARRIED = (
    Editor(
        milestones.MilestoneDateTable(),
        (
            Question("milestone", "Milestone"),
            Question("title", "What will be reached?", needed="Say what will be reached"),
            Question("description", "More about it"),
            Question("state", "Is it done?", needed="Say whether it is done"),
            Question("due", "When is it due?", needed="Enter when it is due"),
            Question("done", "When was it done?"),
            Question(
                "is_critical",
                "Does the programme depend on it?",
                needed="Say whether the programme depends on it",
            ),
        ),
        fixed=("milestone",),
        begins="milestone",
        named_by="title",
        to_come=("due",),
        make=new_milestone,
        complete=complete_milestone,
    ),
    Editor(
        status.StatusUpdateTable(),
        tuple(
            Question(column.name, StatusUpdate.label(column.name))
            for column in status.StatusUpdateTable.columns
        ),
        fixed=("programme",),
        complete=complete_status,
        locks="programme",
    ),
)


def new_programme(cells):
    """A programme of which nothing is said yet."""
    return Programme.objects.create(slug=free_slug(Programme, cells["name"]))


def corrects_profile(programme):
    """The page on which what stands of a programme is corrected, its end date among it."""
    profile = programme.profiles.live(Present.now(UTC)).get()
    return reverse("staff:record_correct", args=[kind_of(type(profile)).slug, profile.pk])


OWN_PAGES = (
    OwnPage(
        Programme,
        "Its status and milestones",
        lambda programme: reverse("staff:programme", args=[programme.slug]),
        SEE_PROGRAMMES,
    ),
    OwnPage(
        Programme,
        "It has finished, was stopped or became part of another: end it",
        lambda programme: reverse("staff:programme_end", args=[programme.slug]),
        WRITE_PROGRAMMES,
        is_offered=lambda programme, at: (
            (programme.end_at(at) is None or is_half_ended(programme, at))
            and programme.slug not in ends_to_come()
        ),
    ),
    OwnPage(
        Programme,
        "Move or call off its end: correct the end date, or leave that empty",
        corrects_profile,
        WRITE_PROGRAMMES,
        is_offered=lambda programme, at: (
            programme.end_at(at) is None and programme.slug in ends_to_come()
        ),
    ),
)


def ends_of_programme(programme, at):
    """That a programme has ended or is to end, each with the row or the proposal that says so."""
    if end := programme.end_at(at):
        rows = [
            end.profile,
            programme.stages.live(at).first(),
            programme.updates.live(at).newest_first().first(),
        ]
        row = next(each for each in rows if each and (each is end.profile or each.is_end))
        return [
            (f"{end.words}.", reverse("staff:record_row", args=[kind_of(type(row)).slug, row.pk]))
        ]
    end = ends_to_come().get(programme.slug)
    return [(end.words, end.proposal.get_absolute_url())] if end else []


ENDS = (EndsOf(Programme, ends_of_programme),)

WRITTEN_AT = (
    WrittenAt(MilestoneDate, lambda row: reverse("staff:milestone", args=[row.milestone.slug])),
    WrittenAt(StatusUpdate, lambda row: reverse("staff:status_add", args=[row.programme.slug])),
    WrittenAt(MetricProgramme, lambda row: reverse("staff:metric_links", args=[row.metric.slug])),
    WrittenAt(MetricGoal, lambda row: reverse("staff:metric_links", args=[row.metric.slug])),
)


PROGRAMME_EDITOR = "a programme editor of its lead partner writes it"


def pages_still_empty(programme):
    """What is said of a programme on pages of its own, where nothing is said yet."""
    page = reverse("staff:programme", args=[programme.slug])
    empty = []
    if not programme.milestones.exists():
        empty.append(("Milestones", page, kind_of(MilestoneDate), PROGRAMME_EDITOR))
    if not programme.updates.published().exists():
        words = "Its status: how it is going"
        empty.append((words, page, kind_of(StatusUpdate), PROGRAMME_EDITOR))
    return empty


FIRST_MILESTONES = 3

BEGINNINGS = (
    Beginning(
        "programme",
        "Begin a programme",
        (
            Part(
                "programme-profiles",
                "programme",
                (
                    Question("name", "Name", needed="Enter the programme’s name"),
                    Question(
                        "purpose",
                        "What is it for?",
                        "In about 25 plain words",
                        needed="Say what it is for",
                    ),
                    Question(
                        "objectives",
                        "Which objectives does it serve?",
                        needed="Choose the objectives that it serves",
                    ),
                ),
            ),
            Part(
                "programme-partners",
                "programme",
                (
                    Question(
                        "partner",
                        "Which partner leads it?",
                        needed="Choose the partner that leads it",
                    ),
                ),
                given={"role": ProgrammePartner.Role.LEAD},
                may_be_left_out=True,
                reach="partner",
            ),
            *(
                Part(
                    "milestone-dates",
                    "milestone",
                    (
                        Question(
                            "title",
                            f"Milestone {number}: what will be reached?",
                            "The first points that it means to reach. Leave empty what is not known yet"
                            if number == 1
                            else "",
                            needed=f"Say what milestone {number} will reach",
                        ),
                        Question(
                            "due",
                            f"Milestone {number}: by when?",
                            needed=f"Enter by when milestone {number} is due",
                        ),
                    ),
                    given={"state": MilestoneDate.State.PLANNED, "is_critical": "no"},
                    may_be_left_out=True,
                    name=f"milestone-{number}",
                )
                for number in range(1, FIRST_MILESTONES + 1)
            ),
        ),
        new_programme,
        pages_of=pages_still_empty,
    ),
)
