"""What is said of sources. A source itself belongs to the kit; who wrote of it is a person, so here."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import span
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.shapes import shape_of, web_address, written_date
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import AsWrittenField, Statement, StatementQuerySet, one_live
from partners.models.partnership import site_name
from partners.roles import KEEP_RECORD

# The licence of facts that rest on no source (CONTRACT 4).
NO_DATE = "no date given"
OUR_LICENCE = "Open Government Licence v3.0"


class SourceProfileQuerySet(StatementQuerySet):
    def newest_first(self):
        """By their own dates; those that have none come last."""
        return self.order_by(F("dated_on").desc(nulls_last=True), "cited__slug")

    def years(self):
        """The years in which the sources were published, each once, in no order."""
        dated = self.filter(dated_on__isnull=False)
        return dated.order_by().values_list("dated_on__year", flat=True).distinct()

    def chosen_by(self, *, q="", kind="", year=""):
        """Those of a kind and a year whose title or publisher contains every word, in any case."""
        found = self
        if kind:
            found = found.filter(kind=kind)
        if year:
            found = found.filter(dated_on__year=year)
        for word in q.split():
            found = found.filter(Q(title__icontains=word) | Q(publisher__icontains=word))
        return found


@tracked()
@kind(
    "Source",
    "Sources",
    thing="cited",
    words="title",
    is_listed_once_corrected=True,
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
    listed_under="Sources, pages and words",
)
class SourceProfile(Statement):
    """What is said of a source: its title, who published it and when, and its licence.

    What a first load says of it counts from the source's own date, so that days before that name it
    not. A date is as exact as is known (a day, month, year or range). Some sources have none, such as
    many web pages.
    """

    identity_fields = ("cited",)
    PROFILE_RELATED = ("cited",)

    cited = models.ForeignKey(Source, models.PROTECT, related_name="profiles")
    title = models.CharField(max_length=250)
    publisher = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Source.Kind, default=Source.Kind.PAGE)
    dated_as = AsWrittenField("date", blank=True)
    dated_on = models.DateField(null=True, blank=True)
    address = models.URLField(max_length=500, blank=True, validators=[web_address])
    licence = models.CharField(max_length=200, blank=True)

    objects = SourceProfileQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("cited"),
            *shape_of(web_address, "address"),
            *shape_of(written_date, "dated_as"),
        ]

    def get_absolute_url(self):
        return self.cited.get_absolute_url()

    @property
    def dated_words(self) -> str:
        """Its own date in words, as exactly as it is known: ``2017``, ``30 June 2017``, or that it has none."""
        return span(self.dated_as).in_words() if self.dated_as else NO_DATE

    @property
    def issued_words(self) -> str:
        """Its date in words; of a series of figures, that it is when the oldest of them came out.

        New figures follow in such a series, so a bare date would look like that of all of them.
        """
        is_series = self.kind == Source.Kind.DATA and self.dated_as and "/" not in self.dated_as
        return f"oldest figures published {self.dated_words}" if is_series else self.dated_words

    @property
    def newest(self) -> tuple[date, str]:
        """What sources are ordered by, the newest last."""
        return self.dated_on, self.cited.slug


def credit(profile: SourceProfile | None) -> tuple[str, str]:
    """The publisher and the licence of what rests on a source; our own if it rests on none."""
    if profile:
        return profile.publisher, profile.licence
    return site_name().publisher, OUR_LICENCE
