"""Sources: the documents and data sets that facts came from."""

from django.db import models
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import end_of, span
from bhcp_portal.kit.statements import WRITTEN_DATE_LENGTH

# The publisher and the licence of facts that rest on no source (CONTRACT 4).
OURSELVES = "Bay Health and Care Partners"
OUR_LICENCE = "Open Government Licence v3.0"


class SourceQuerySet(models.QuerySet):
    def published_by(self, at):
        """The sources published by moment ``at``."""
        return self.filter(published_at__lte=at)

    def out_on(self, day):
        """The sources that a page may name on a day: those published by its end."""
        return self.published_by(end_of(day))


@tracked()
class Source(models.Model):
    """A document or data set that facts came from.

    ``published_as`` is its date as far as it is known (a day, month, year or range).
    ``published_at`` is the last second of that span, from which on the portal may name it.
    """

    class Kind(models.TextChoices):
        DOCUMENT = "document", "Document"
        PAGE = "page", "Web page"
        NEWS = "news", "News report"
        DATA = "data", "Data set"
        NOTES = "notes", "Research notes"

    slug = models.SlugField(unique=True, max_length=60)
    title = models.CharField(max_length=250)
    publisher = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PAGE)
    published_as = models.CharField(max_length=WRITTEN_DATE_LENGTH)
    published_at = models.DateTimeField()
    address = models.URLField(max_length=500, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ("-published_at", "slug")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("sources:detail", args=[self.slug])

    def is_out_on(self, day):
        """Whether a page may name it on a day; a fact of a past day may rest on a later source."""
        return self.published_at <= end_of(day)

    @property
    def published_words(self):
        return span(self.published_as).in_words()


def credit(source):
    """The publisher and the licence of what rests on ``source``; our own if it is ``None``."""
    return (source.publisher, source.licence) if source else (OURSELVES, OUR_LICENCE)
