"""Sources: the documents and data sets that facts came from."""

from datetime import UTC

from django.db import models
from django.db.models import F

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.things import Thing, ThingQuerySet


class SourceQuerySet(ThingQuerySet):
    def by_title(self, at):
        """The sources known at a moment with their ``title`` then, for a list to choose from."""
        titled = self.known_at(at).annotate(title=Source.name_at("pk", at))
        return titled.order_by("title", "slug")

    def withdrawn(self):
        """The sources of which everything that was said is taken back: nothing should rest on them."""
        return self.ever_known().exclude(pk__in=self.known_at(Present.now(UTC)).values("pk"))


@tracked()
class Source(Thing):
    """A document or data set that facts came from. Its words are in its profiles (``partners``).

    Statements rest on it by ``source``; ``with_sources`` loads beside it the profile that a page of
    a moment may name, as ``source_profile``.
    """

    NAME_FIELD = "title"
    PAGE = "sources:detail"

    class Kind(models.TextChoices):
        DOCUMENT = "document", "Document"
        PAGE = "page", "Web page"
        NEWS = "news", "News report"
        DATA = "data", "Data set"
        NOTES = "notes", "Research notes"

    objects = SourceQuerySet.as_manager()

    class Meta(Thing.Meta):
        pass

    def get_absolute_url(self):
        return self.page_of(self.slug)

    @property
    def last_profile(self):
        """What was said of it last, taken back or not."""
        published = self.profiles.published()
        return published.order_by(F("taken_back_at").asc(nulls_last=True), "recorded_at").last()
