"""What staff are asked about partners, the partnership, sources and words."""

import re
from datetime import UTC
from itertools import chain, count

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify

from bhcp_portal.kit.actions import free_slug
from bhcp_portal.kit.addresses import code_refusal, codes_ever
from bhcp_portal.kit.dates import Present, london_day, on_or_in
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
from bhcp_portal.kit.locks import lock
from partners import changing, tables
from partners.bounds import ends_of_partners
from partners.changing import former, require_it_fits, require_one_end
from partners.models import Membership, Partner, PartnerName, Succession
from partners.roles import KEEP_RECORD

# The columns with the days between which something holds, each with its field.
HELD_BETWEEN = {"starts": "starts_as", "ends": "ends_as"}
PARTNER = Question("partner", "Partner")
# By whichever door a partner leaves, it is asked until when its people may sign in.
WHOLE = Whole(changing.left_out, "staff:partner_left")


def require_sound_succession(values, *, old, author, approver, now, day):
    """``IncompleteError`` where a partner would be followed by one that has ended, or end too soon."""
    # Of two that name each other, the second waits for the first.
    lock("partners.successions")
    now, happened = Present.now(UTC), values["happened_on"] or day
    standing = Succession.objects.live(now).filter(
        partner=values["partner"],
        words=values["words"],
        successor=values["successor"],
        happened_on=values["happened_on"],
        is_end=values["is_end"],
    )
    if not standing.exists():
        partner, successor, is_end = values["partner"], values["successor"], values["is_end"]
        if is_end:
            require_one_end(partner, now, old=old)
        require_it_fits(partner, successor, happened, now, is_end=is_end)


EDITORS = (
    Editor(
        tables.SourceProfileTable(),
        (
            Question("cited", "Source"),
            Question("title", "Title", "As the document or data set gives it"),
            Question("publisher", "Who published it?", needed="Enter who published it"),
            Question("kind", "What is it?", needed="Choose what it is"),
            Question(
                "published",
                "When was it published?",
                "As exactly as it says. Leave it empty if it has no date, like many web pages",
            ),
            Question("address", "Web address", "Where it is or was. We check its form only"),
            Question("licence", "Licence", "Such as Open Government Licence v3.0"),
        ),
        fixed=("cited",),
        begins="cited",
        named_by="title",
        past=("published",),
    ),
    Editor(
        tables.PartnerNameTable(),
        (
            PARTNER,
            Question("name", "Full name"),
            Question("short_name", "Short name"),
            Question("valid_from", "First day of the name"),
            Question("area", "Area that it covered under this name"),
        ),
        fixed=("partner",),
        starts="valid_from",
        bounds=changing.one_first_day,
    ),
    Editor(
        tables.PartnerProfileTable(),
        (
            PARTNER,
            Question("kind", "What kind of body is it?", needed="Choose what kind of body it is"),
            Question("is_statutory", "Is it a public body, set up by law?"),
            Question("website", "Web address"),
            Question("about", "What does it do?", "In plain words, for a resident"),
        ),
        fixed=("partner",),
    ),
    Editor(
        tables.MembershipTable(),
        (
            PARTNER,
            Question("joined", "When did it join?", needed="Enter when it joined"),
            Question(
                "is_joined_by",
                "May it have joined before that day?",
                needed="Say whether it may have joined before that day",
            ),
            Question("left", "First day on which it no longer belonged"),
            Question("left_reason", "Why did it leave?"),
        ),
        fixed=("partner",),
        starts="joined",
        ends="left",
        ending_words=("left_reason",),
        days=("joined", "left"),
        last_day="left",
        stays=changing.stay_before,
        whole=WHOLE,
    ),
    Editor(
        tables.PartnerMailboxTable(),
        (PARTNER, *MAILBOX_QUESTIONS),
        fixed=("partner",),
        starts="starts",
        ends="ends",
        within=within_ends(("partner", ends_of_partners), columns=HELD_BETWEEN),
    ),
    Editor(
        tables.PartnerSiteTable(),
        (
            PARTNER,
            Question("name", "Name of the hospital or other site"),
            Question("kind", "What kind of site is it?", needed="Say what kind of site it is"),
            Question("town", "Where is it?", needed="Enter the town or village"),
            Question("latitude", "Latitude", "Such as 54.05. It is used for the map"),
            Question("longitude", "Longitude", "Such as -2.80"),
            Question("starts", "First day on which it is the partner’s"),
            Question("ends", "First day on which it no longer is"),
        ),
        fixed=("partner",),
        starts="starts",
        ends="ends",
        within=within_ends(("partner", ends_of_partners), columns=HELD_BETWEEN),
        days=("starts", "ends"),
    ),
    Editor(
        tables.SuccessionTable(),
        (
            PARTNER,
            Question("words", "What happened?", needed="Say what happened"),
            Question("happened", "When did it happen?"),
            Question("successor", "Partner that followed"),
            Question("successor_name", "Body that followed", "If it is no partner"),
            Question(
                "is_end",
                "Did the partner itself end?",
                needed="Say whether the partner itself ended",
            ),
        ),
        fixed=("partner",),
        comes_later=True,
        complete=require_sound_succession,
        whole=WHOLE,
        days=("happened",),
        last_day="happened",
    ),
    Editor(
        tables.PartnerCountTable(),
        (
            Question("number", "Number of partners"),
            Question(
                "says",
                "What does the source say?",
                "In our own words",
                needed="Say what the source says",
            ),
        ),
    ),
    Editor(
        tables.PartnershipNameTable(),
        (
            Question("name", "Name of the partnership"),
            Question(
                "used",
                "From when to when?",
                "In words, such as: since April 2017",
                needed="Say from when to when the name was used",
            ),
            Question("heads_pages_as", "Does it stand at the head of each page?"),
        ),
    ),
    Editor(
        tables.TermMeaningTable(),
        (
            Question("term", "Glossary term"),
            Question("name", "Word or words"),
            Question("other_names", "Short forms and other spellings"),
            Question(
                "meaning",
                "What does it mean?",
                "In plain words, for a resident",
                needed="Say what it means",
            ),
        ),
        fixed=("term",),
        begins="term",
    ),
)


def new_partner(cells):
    """A partner of which nothing is said yet. Without a code it gets letters of its name."""
    name = cells["short_name"] or cells["name"]
    code = cells["code"].strip().upper() or _free_letters(name)
    _require_never_left(cells["name"], code)
    if cells["code"] and (refusal := code_refusal(code)):
        raise ValidationError(refusal)
    return Partner.objects.create(slug=free_slug(Partner, name), code=code)


def _require_never_left(name, code):
    """Raise ``ValidationError`` if a body of that name or code left: it is no new one."""
    now = Present.now(UTC)
    left = former(now, london_day(now)).values("partner")
    names = PartnerName.objects.live(now).filter(partner__in=left)
    if names.filter(Q(name__iexact=name) | Q(partner__code=code)).exists():
        sentence = "It was a partner before. Choose “A partner that left joins again” instead"
        raise ValidationError(sentence)


def _free_letters(name):
    """Letters and digits of a name that were never a code, such as ``DALECOUNCIL``."""
    stem = re.sub(r"[^A-Z0-9]", "", slugify(name).upper())[:16] or "PARTNER"
    taken = codes_ever()
    numbered = (f"{stem}{number}" for number in count(2))
    return next(code for code in chain([stem], numbered) if code not in taken)


BEGINNINGS = (
    Beginning(
        "partner",
        "Add a partner",
        (
            Part(
                "partner-names",
                "partner",
                (
                    Question("name", "Full name"),
                    Question("short_name", "Short name"),
                    Question("valid_from", "First day of the name"),
                ),
            ),
            Part(
                "partner-profiles",
                "partner",
                (
                    Question(
                        "kind", "What kind of body is it?", needed="Choose what kind of body it is"
                    ),
                    Question("about", "What does it do?", "In plain words, for a resident"),
                ),
            ),
            Part(
                "memberships",
                "partner",
                (
                    Question(
                        "joined",
                        "When did it join the partnership?",
                        needed="Enter when it joined the partnership",
                    ),
                ),
                given={"is_joined_by": "no"},
            ),
        ),
        new_partner,
        code=Question("code", "ODS or GSS code", "Such as RTX. Leave it empty if it has none"),
        instead="Write another name, or choose “A partner that left joins again” if it is that one",
    ),
)


def ends_of_partner(partner, at):
    """What became of a partner or is to, and that it left or is to leave; each with the row that says so."""
    today, found = london_day(at), []
    for each in Succession.objects.live(at).endings().filter(partner=partner):
        verb = "is to end" if each.ended_on > today else "ended"
        when = on_or_in(each.happened_as) if each.happened_as else "on a day that is not known"
        row = reverse("staff:record_row", args=["successions", each.pk])
        found.append((f"It {verb} {when}: {each.words.rstrip('.')}.", row))
    for each in Membership.objects.live(at).filter(partner=partner).exclude(left_on=None):
        verb = "is to leave" if each.left_on > today else "left"
        row = reverse("staff:record_row", args=["memberships", each.pk])
        found.append((f"It {verb} the partnership {on_or_in(each.left_as)}.", row))
    return found


def _belongs(partner, at):
    """Whether a partner belongs to the partnership and no end of that is said."""
    members = changing.members(at, london_day(at)).filter(partner=partner)
    return members.exists() and not ends_of_partner(partner, at)


def _left(partner, at):
    return changing.former(at, london_day(at)).filter(partner=partner).exists()


def _change_page(what):
    return lambda partner: f"{reverse('staff:partner_change', args=[what])}?of={partner.code}"


ENDS = (EndsOf(Partner, ends_of_partner),)

OWN_PAGES = (
    OwnPage(Partner, "It leaves", _change_page("leave"), KEEP_RECORD, is_offered=_belongs),
    OwnPage(
        Partner, "It gets another name", _change_page("rename"), KEEP_RECORD, is_offered=_belongs
    ),
    OwnPage(
        Partner,
        "Another body follows it",
        _change_page("succeed"),
        KEEP_RECORD,
        for_all=True,
        is_offered=_belongs,
    ),
    OwnPage(Partner, "It joins again", _change_page("rejoin"), KEEP_RECORD, is_offered=_left),
)

JOURNEYS = (
    Journey("A partner joins, leaves, is renamed or is succeeded", "staff:partner_changes"),
)
