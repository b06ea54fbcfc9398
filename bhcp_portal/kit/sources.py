"""Sources: the documents and data sets that facts came from."""

from django.db import models

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.things import Thing, ThingQuerySet

# The publisher and the licence of facts that rest on no source (CONTRACT 4).
OURSELVES = "Bay Health and Care Partners"
OUR_LICENCE = "Open Government Licence v3.0"


class SourceQuerySet(ThingQuerySet):
    def by_title(self, at):
        """The sources known at a moment with their ``title`` then, for a list to choose from."""
        titled = self.known_at(at).annotate(title=Source.name_at("pk", at))
        return titled.order_by("title", "slug")


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


def credit(profile) -> tuple[str, str]:
    """The publisher and the licence of what rests on a source; our own if it rests on none."""
    return (profile.publisher, profile.licence) if profile else (OURSELVES, OUR_LICENCE)
