"""What staff are asked about programmes, their figures and money, and goals."""

from bhcp_portal.kit.actions import free_code, free_slug
from bhcp_portal.kit.editor.editors import Beginning, Editor, Part, Question
from programmes.models import Figure, Money, Programme, ProgrammePartner
from programmes.tables import figures, goals, money, programmes

PROGRAMME = Question("programme", "Programme")


def figure_code(cells):
    """A name for a reported figure that no other has."""
    return free_code(Figure, f"{cells['programme'] or cells['icc'] or 'bay'} {cells['counts']}")


def money_code(cells):
    """A name for an amount of money that no other has."""
    words = f"{cells['programme'] or 'bay'} {cells['kind']} {cells['year']} {cells['what_for']}"
    return free_code(Money, words)


EDITORS = (
    Editor(
        programmes.ProgrammeProfileTable(),
        (
            PROGRAMME,
            Question("name", "Name"),
            Question("purpose", "What is it for?", "In about 25 plain words"),
            Question("objectives", "Which objectives does it serve?"),
            Question("strand", "Strand of the plan that it is in"),
            Question(
                "lead_words",
                "Who leads it?",
                "In the source’s words. Choose the lead partner under Partners",
            ),
            Question("starts", "When did it start?"),
            Question("ends", "When did it end, or is it meant to?"),
            Question("parent", "Programme that it is part of"),
            Question("merged_into", "Programme that it went to"),
        ),
        fixed=("programme",),
        begins="programme",
    ),
    Editor(
        programmes.ProgrammePartnerTable(),
        (
            PROGRAMME,
            Question("partner", "Partner"),
            Question("role", "What does the partner do?"),
            Question("starts", "From when?"),
            Question("ends", "First day on which it no longer does"),
        ),
        fixed=("programme", "partner"),
        ends="ends",
    ),
    Editor(
        programmes.ProgrammeIccTable(),
        (
            PROGRAMME,
            Question("icc", "Community"),
            Question("words", "What is done there?"),
            Question("starts", "First day on which it is so"),
            Question("ends", "First day on which it is no longer so"),
        ),
        fixed=("programme", "icc"),
        ends="ends",
    ),
    Editor(
        figures.FigureTable(),
        (
            Question("programme", "Programme"),
            Question("icc", "Community"),
            Question("qualifier", "Word before the number", "Such as about, almost or more than"),
            Question("value", "Number"),
            Question("unit", "Unit", "£, %, or a word such as patients"),
            Question("counts", "What does it count?", "Such as: people seen in the first year"),
            Question("period", "For when, in words"),
            Question("period_as", "For when, as a date"),
            Question("is_aim", "Is it an aim, not a result?"),
            Question("group", "Subject", "Figures on one subject stand together"),
            Question("keep_apart", "Why can’t it be compared with the others?"),
        ),
        fixed=("programme", "icc"),
        made={"code": figure_code},
    ),
    Editor(
        money.MoneyTable(),
        (
            Question("programme", "Programme"),
            Question("year", "Year", "Such as 2017/18"),
            Question("kind", "What kind of amount is it?"),
            Question("qualifier", "Word before the amount", "Such as about, almost or up to"),
            Question("amount", "Pounds"),
            Question("what_for", "What is it for?"),
        ),
        fixed=("programme",),
        made={"code": money_code},
    ),
    Editor(
        goals.GoalProfileTable(),
        (
            Question("goal", "Goal"),
            Question("name", "The goal in a few words"),
            Question("direction", "Which way should it move?"),
            Question("target_words", "The number that was set"),
            Question("about", "More about it"),
            Question("position", "Its place in the list"),
        ),
        fixed=("goal",),
        begins="goal",
    ),
    Editor(
        goals.ObjectiveMeaningTable(),
        (Question("objective", "Objective"), Question("meaning", "What does it mean?")),
        fixed=("objective",),
    ),
)


def new_programme(cells):
    """A programme of which nothing is said yet."""
    return Programme.objects.create(slug=free_slug(Programme, cells["name"]))


BEGINNINGS = (
    Beginning(
        "programme",
        "Begin a programme",
        (
            Part(
                "programme-profiles",
                "programme",
                (
                    Question("name", "Name"),
                    Question("purpose", "What is it for?", "In about 25 plain words"),
                    Question("objectives", "Which objectives does it serve?"),
                    Question("starts", "When does it start?"),
                ),
            ),
            Part(
                "programme-partners",
                "programme",
                (Question("partner", "Which partner leads it?"),),
                given={"role": ProgrammePartner.Role.LEAD},
                may_be_left_out=True,
            ),
        ),
        new_programme,
    ),
)
