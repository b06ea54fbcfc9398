"""Sources: the documents and data sets that facts came from."""

from datetime import UTC

from django.db import models
from django.db.models import F

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.launch import is_before_launch
from bhcp_portal.kit.things import Thing, ThingQuerySet


class SourceQuerySet(ThingQuerySet):
    def by_title(self, at):
        """The sources known at a moment with their ``title`` then, for a list to choose from."""
        titled = self.known_at(at).annotate(title=Source.name_at("pk", at))
        return titled.order_by("title", "slug")

    def withdrawn(self):
        """The sources of which everything that was said is taken back: nothing should rest on them."""
        return self.ever_known().exclude(pk__in=self.known_at(Present.now(UTC)).values("pk"))

    def last_withdrawn(self, at):
        """What was last said of each source that was withdrawn by a moment, by its slug; one query.

        Days before the launch show the record as it is now, so there it is what is withdrawn now.
        """
        profiles = Source.naming_model().objects
        if is_before_launch(at):
            taken_back = profiles.taken_back_by(Present.now(UTC)).filter(published_at__lte=at)
        else:
            taken_back = profiles.taken_back_by(at)
        taken_back = taken_back.exclude(cited__in=self.known_at(at)).select_related("cited")
        return {each.cited.slug: each for each in taken_back.order_by("taken_back_at", "pk")}


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
