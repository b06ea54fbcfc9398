"""What staff are asked about communities and clinical networks."""

import re
from datetime import UTC
from itertools import combinations

from django.urls import reverse
from django.utils.text import slugify

from bhcp_portal.kit.actions import IncompleteError, free_code, free_slug
from bhcp_portal.kit.addresses import codes_ever
from bhcp_portal.kit.dates import Present, day_in_words, london_day
from bhcp_portal.kit.editor.actions import BlockedError
from bhcp_portal.kit.editor.editors import (
    MAILBOX_QUESTIONS,
    Beginning,
    Editor,
    EndsOf,
    Journey,
    OwnPage,
    Part,
    Question,
    Whole,
    within_ends,
)
from bhcp_portal.kit.editor.ends import came_with
from bhcp_portal.kit.kinds import kind_of
from iccs import bounds, changing, tables
from iccs.models import Icc, IccPlace, IccPractice, IccSuccession, Population, joined
from partners.bounds import ends_of_partners
from partners.roles import KEEP_RECORD


def population_code(cells):
    """A name for a number of people that no other has: ``millom-registered-patients``."""
    return free_code(Population, f"{cells['icc'] or 'bay'} {cells['counts']}")


COMMUNITY = Question("icc", "Community")
SINCE = Question("starts", "First day on which it is so")
NO_LONGER = Question("ends", "First day on which it is no longer so")


def require_sound_end(values, *, old, author, approver, now, day):
    """``IncompleteError`` where the community that follows has ended itself by that day, or another
    is to follow into the one that ends.

    Also where what moved on the day that stands would be left on it.
    """
    happened = values["happened_on"] or day
    standing = IccSuccession.objects.live(now).filter(
        icc=values["icc"], successor=values["successor"]
    )
    for end in standing.endings():
        if end.ended_on != happened:
            column, what = "happened", "the day for all of it"
        elif end.kind != values["kind"]:
            column, what = "kind", "what happened"
        else:
            continue
        if changing.moved_on(end.icc, end.ended_on, now):
            sentence = (
                f"What it had moved on {day_in_words(end.ended_on)}. To change {what}, "
                "take the whole change back and begin it again"
            )
            if whole := came_with(kind_of(IccSuccession), end):
                raise BlockedError(f"{sentence}: {{it}}.", whole, column)
            raise IncompleteError([(column, f"{sentence}.")])
    if values["kind"] == IccSuccession.Kind.RENAMED:
        changing.require_same_community(values["icc"], values["successor"], happened, now)
    else:
        changing.require_one_end(values["icc"], values["kind"], happened, now, old=old)
        changing.require_it_fits(values["icc"], values["successor"], happened, now)


EDITORS = (
    Editor(
        tables.NetworkProfileTable(),
        (Question("network", "Network"), Question("name", "Name of the network")),
        fixed=("network",),
        begins="network",
    ),
    Editor(
        tables.IccProfileTable(),
        (
            COMMUNITY,
            Question("name", "Name", needed="Enter the community’s name"),
            Question("other_names", "Other names in use"),
            Question("network", "Clinical network"),
            Question("network_note", "How do we know its network?"),
            Question("about", "What is said of it?", "In plain words, for a resident"),
            Question("council", "Councils of its area, then and now"),
            Question(
                "latitude", "Latitude of its main town", "Such as 54.21. It is used for the map"
            ),
            Question("longitude", "Longitude of its main town", "Such as -3.27"),
            Question("began", "When did it begin?", "Leave it empty if no source says"),
        ),
        fixed=("icc",),
        starts="began",
        days=("began",),
    ),
    Editor(
        tables.IccMailboxTable(),
        (COMMUNITY, *MAILBOX_QUESTIONS),
        fixed=("icc",),
        starts="starts",
        ends="ends",
    ),
    Editor(
        tables.IccMentionTable(),
        (COMMUNITY, Question("named_as", "Name that the source uses")),
        fixed=("icc",),
    ),
    Editor(
        tables.IccSuccessionTable(),
        (
            COMMUNITY,
            Question("kind", "What happened?", needed="Say what happened"),
            Question("successor", "Community that followed"),
            Question("happened", "When did it happen?"),
        ),
        fixed=("icc",),
        comes_later=True,
        complete=require_sound_end,
        whole=Whole(
            changing.left_out, "staff:community_left", look_again=changing.look_again, ends=True
        ),
        days=("happened",),
        last_day="happened",
    ),
    Editor(
        tables.IccCountTable(),
        (
            Question("number", "Number of communities"),
            Question(
                "says",
                "What does the source say?",
                "In our own words",
                needed="Say what the source says",
            ),
        ),
    ),
    Editor(
        tables.IccPlaceTable(),
        (
            COMMUNITY,
            Question("name", "Town, village or district"),
            Question("is_main", "Is it a main place?", needed="Say whether it is a main place"),
            SINCE,
            NO_LONGER,
        ),
        fixed=("icc",),
        starts="starts",
        ends="ends",
        bounds=bounds.in_one(IccPlace, "name"),
        days=("starts", "ends"),
    ),
    Editor(
        tables.IccPracticeTable(),
        (
            COMMUNITY,
            Question("name", "Name of the practice"),
            Question("town", "Where is it?"),
            Question("ods_code", "ODS code", "Such as A82608"),
            SINCE,
            NO_LONGER,
        ),
        fixed=("icc",),
        starts="starts",
        ends="ends",
        bounds=bounds.in_one(IccPractice, "name", "town", code="ods_code"),
        days=("starts", "ends"),
    ),
    Editor(
        tables.IccTrustTable(),
        (COMMUNITY, Question("partner", "Hospital trust that serves it"), SINCE, NO_LONGER),
        fixed=("icc",),
        starts="starts",
        ends="ends",
        within=within_ends(
            ("partner", ends_of_partners), columns={"starts": "starts_as", "ends": "ends_as"}
        ),
        bounds=bounds.holding,
        days=("starts", "ends"),
    ),
    Editor(
        tables.PopulationTable(),
        (
            Question("icc", "Community", "None: the number is of the whole area"),
            Question("people", "Number of people"),
            Question("qualifier", "Word before the number", "Such as about, over or almost"),
            Question(
                "counts",
                "What does it count?",
                "Such as: patients registered with its GP practices",
                needed="Say what it counts",
            ),
            Question("counted_as", "When was it counted?"),
        ),
        fixed=("icc",),
        made={"code": population_code},
        bounds=bounds.dated("counted_as"),
    ),
    Editor(
        tables.PriorityTable(),
        (
            COMMUNITY,
            Question(
                "words",
                "What does it set out to work on?",
                needed="Say what it sets out to work on",
            ),
            SINCE,
            NO_LONGER,
        ),
        fixed=("icc",),
        starts="starts",
        ends="ends",
        bounds=bounds.holding,
        days=("starts", "ends"),
    ),
    Editor(
        tables.ActivityTable(),
        (
            COMMUNITY,
            Question("words", "What happened?", needed="Say what happened"),
            Question("happened", "When did it happen?"),
        ),
        fixed=("icc",),
        past=("happened",),
        bounds=bounds.dated("happened", "happened_as"),
    ),
)


def new_community(cells):
    """A community of which nothing is said yet, with three letters of its name as its code."""
    slug = free_slug(Icc, cells["name"])
    letters = re.sub(r"[^A-Z]", "", slugify(cells["name"]).upper()) + "XYZ"
    taken = codes_ever()
    code = next("".join(each) for each in combinations(letters, 3) if "".join(each) not in taken)
    return Icc.objects.create(slug=slug, code=code)


BEGINNINGS = (
    Beginning(
        "community",
        "Add a community",
        (
            Part(
                "icc-profiles",
                "icc",
                (
                    Question("name", "Name", needed="Enter the community’s name"),
                    Question("network", "Clinical network"),
                    Question("about", "What is said of it?", "In plain words, for a resident"),
                ),
            ),
        ),
        new_community,
    ),
)


def ends_of_community(icc, at):
    """What became of a community or is to, each with the row that says so."""
    ends = IccSuccession.objects.live(at).endings().filter(icc=icc)
    return [
        (
            f"{first.icc_name} {first.words} {changing.listed(each.successor_name for each in alike)} "
            f"{first.when_words}.",
            reverse("staff:record_row", args=[changing.ENDS, first.pk]),
        )
        for alike in joined(ends.with_names(at, london_day(at)))
        for first in alike[:1]
    ]


def goes_on(icc, at):
    """Whether no end of a community is said."""
    return not IccSuccession.objects.live(at).endings().filter(icc=icc).exists()


ENDS = (EndsOf(Icc, ends_of_community),)

OWN_PAGES = (
    OwnPage(
        Icc,
        "It becomes one with others",
        lambda icc: f"{reverse('staff:community_merge')}?of={icc.code}",
        KEEP_RECORD,
        for_all=True,
        is_offered=goes_on,
    ),
    OwnPage(
        Icc,
        "It becomes several",
        lambda icc: f"{reverse('staff:community_split')}?of={icc.code}",
        KEEP_RECORD,
        for_all=True,
        is_offered=goes_on,
    ),
    OwnPage(
        Icc,
        "It gets another name: correct its name",
        lambda icc: reverse(
            "staff:record_correct",
            args=["icc-profiles", icc.profiles.live(Present.now(UTC)).get().pk],
        ),
        KEEP_RECORD,
        for_all=True,
        is_offered=goes_on,
    ),
)

JOURNEYS = (
    Journey("Communities become one", "staff:community_merge"),
    Journey("A community becomes several", "staff:community_split"),
)
