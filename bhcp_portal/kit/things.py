"""Things: what has a lasting identity and a slug in the open. All words about a thing are statements."""

from typing import ClassVar

from django.db import models
from django.db.models import OuterRef, Subquery
from django.urls import reverse


class ThingQuerySet(models.QuerySet):
    def known_at(self, at):
        """Those of which something had been said by a moment."""
        profile = self.model.profile_model()
        named = profile.objects.live(at).values(self.model.profile_field())
        return self.filter(pk__in=named)

    def ever_known(self):
        """Those of which anything was ever said."""
        profile = self.model.profile_model()
        return self.filter(pk__in=profile.objects.published().values(self.model.profile_field()))

    def with_profile(self, at):
        """Loads, in one query, what was said of each at a moment: read it as ``thing.profile``."""
        profile = self.model.profile_model()
        return self.prefetch_related(
            models.Prefetch(
                self.model.PROFILES,
                queryset=profile.objects.live(at).select_related(*profile.PROFILE_RELATED),
                to_attr="live_profiles",
            )
        )


class Thing(models.Model):
    """What has a lasting identity: a slug in the open, never a key. All its words are statements."""

    # The relation to the statements that name it, and their field that holds the name.
    PROFILES: ClassVar[str] = "profiles"
    NAME_FIELD: ClassVar[str] = "name"
    # The address by name of its page, which takes the slug; empty where it has none of its own.
    PAGE: ClassVar[str] = ""

    slug = models.SlugField(unique=True, max_length=60)

    objects = ThingQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("slug",)

    def __str__(self):
        return self.slug

    @classmethod
    def profile_model(cls):
        return cls._meta.get_field(cls.PROFILES).related_model

    @classmethod
    def profile_field(cls):
        return cls._meta.get_field(cls.PROFILES).field.name

    @classmethod
    def page_of(cls, slug):
        """The page of the thing with a slug."""
        return reverse(cls.PAGE, args=[slug])

    @classmethod
    def name_at(cls, key, at):
        """An annotation: the name at a moment of the thing whose key stands in a field."""
        names = cls.profile_model().objects.live(at).filter(**{cls.profile_field(): OuterRef(key)})
        return Subquery(names.order_by("-published_at").values(cls.NAME_FIELD)[:1])

    @property
    def profile(self):
        """What was said of it at the moment given to ``with_profile``; ``None`` where nothing was."""
        return self.live_profiles[0] if self.live_profiles else None
