"""The glossary: what the hard words on the portal's pages mean."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import Statement, one_live
from bhcp_portal.kit.things import Thing
from partners.roles import KEEP_RECORD

WORD_LENGTH = 100
MEANING_LENGTH = 600


@tracked()
class GlossaryTerm(Thing):
    """A word or short form that not every reader knows. What it means is in its meanings."""

    PROFILES = "meanings"
    PAGE = "glossary"

    class Meta(Thing.Meta):
        pass

    @classmethod
    def page_of(cls, slug):
        """The address of the term's place in the glossary."""
        return f"{reverse(cls.PAGE)}#{slug}"

    def get_absolute_url(self):
        return self.page_of(self.slug)


@tracked()
@kind(
    "Glossary term",
    "Glossary terms",
    thing="term",
    words="meaning",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
    takes_one=True,
    listed_under="Sources, pages and words",
)
class TermMeaning(Statement):
    """How a term is written, what else it is called, and what it means in plain words."""

    identity_fields = ("term",)

    term = models.ForeignKey(GlossaryTerm, models.PROTECT, related_name="meanings")
    name = models.CharField("term", max_length=WORD_LENGTH)
    other_names = ArrayField(
        models.CharField(max_length=WORD_LENGTH),
        verbose_name="short forms and other spellings",
        default=list,
        blank=True,
    )
    meaning = models.CharField(max_length=MEANING_LENGTH)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, *one_live("term")]
