"""How far a programme has come, beside how it is going (BEHAVIOUR T)."""

from django.db import models
from django.db.models import Q

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import in_years, years
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import Certainty, Statement, one_live
from partners.roles import DECIDE_PROGRAMMES, WRITE_PROGRAMMES
from programmes.models.programme import Programme


class Stage(models.TextChoices):
    IDEA = "idea", "Idea"
    PLANNED = "planned", "Planned"
    DEVELOPING = "developing", "Developing"
    PILOT = "pilot", "Pilot"
    ROLLING_OUT = "rolling_out", "Rolling out"
    EVERYDAY = "everyday", "Part of everyday care"
    ENDED = "ended", "Ended"


@tracked()
@kind(
    "Stage",
    "Stages",
    thing="programme",
    code="stage",
    is_state=True,
    is_work=True,
    writer=WRITE_PROGRAMMES,
    approver=DECIDE_PROGRAMMES,
    reach="programme",
)
class ProgrammeStage(Statement):
    """How far a programme has come.

    ``source_words``: the word of the source; our word for what it says, unless the row is
    sourced. ``is_our_reading``: that this word means the stage is
    our reading; the source has no such list of stages.
    """

    identity_fields = ("programme",)

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="stages")
    stage = models.CharField(max_length=12, choices=Stage)
    source_words = models.CharField("the source's own word", max_length=60, blank=True)
    is_our_reading = models.BooleanField(
        "whether that this word means the stage is our reading", default=False
    )

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("programme"),
            models.CheckConstraint(
                name="programmes_stage_reading_of_a_word",
                condition=Q(is_our_reading=False) | ~Q(source_words=""),
                violation_error_message="Give the source’s own word that you read in this way.",
            ),
        ]

    @property
    def certainty_shown(self) -> str:
        is_sourced = self.certainty == Certainty.SOURCED
        return Certainty.INFERRED if is_sourced and self.is_our_reading else self.certainty

    @property
    def is_end(self) -> bool:
        """Whether it says that the programme has ended."""
        return self.stage == Stage.ENDED

    @property
    def differs(self) -> bool:
        """Whether the source has another word for it."""
        word = self.source_words.lower()
        return bool(word) and word != self.get_stage_display().lower()

    @property
    def whose_word(self) -> str:
        """The other word, and whether it or what it means is ours; empty where there is none.

        ``“Pilot grown”`` of the source, ``our reading of “Trial”`` where the stage alone is ours,
        ``“Embedded” in our words`` where the source has no such word at all.
        """
        if not self.differs:
            return ""
        word = f"“{self.source_words}”"
        if self.certainty != Certainty.SOURCED:
            return f"{word} in our words"
        return f"our reading of {word}" if self.is_our_reading else word

    @property
    def described_years(self) -> str:
        """The year in which its source said so, which is exact enough for a stage: ``2019``."""
        return years(self.written_date)

    @property
    def described_in(self) -> str:
        """The same in a sentence: ``in 2019``, ``between 2019 and 2021``."""
        return in_years(self.written_date)
