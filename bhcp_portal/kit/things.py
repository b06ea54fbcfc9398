"""Things have a lasting identity and a slug. All words about a thing are statements."""

from typing import ClassVar

from django.db import models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from bhcp_portal.kit import shapes
from bhcp_portal.kit.finding import reads_like
from bhcp_portal.kit.reversing import address_of
from bhcp_portal.kit.shapes import shape_of


class ThingQuerySet(models.QuerySet):
    def known_at(self, at):
        """The things known at moment ``at``: those that a statement live at that moment names."""
        named = self.model.naming_model().objects.live(at)
        return self.filter(pk__in=named.values(self.model.naming_field()))

    def ever_known(self):
        """The things that were ever known: those that a published statement named, live or not."""
        named = self.model.naming_model().objects.published()
        return self.filter(pk__in=named.values(self.model.naming_field()))

    def going_on(self, at):
        """The things that have not ended by moment ``at``; all, of a kind that does not end."""
        return self

    def partner_names(self, at) -> dict[int, str]:
        """The name, at a moment, of the partner who acts for each thing, by the thing's key.

        Things for which all partners act are left out. One query at most.
        """
        return {}

    def with_profile(self, at):
        """The things with ``profile``, the one live at moment ``at``; one more query."""
        profile = self.model.profile_model()
        return self.prefetch_related(
            models.Prefetch(
                self.model.PROFILES,
                queryset=profile.objects.live(at)
                .select_related(*profile.PROFILE_RELATED)
                .with_sources(at, *profile.SOURCE_FIELDS),
                to_attr="live_profiles",
            )
        )


class Thing(models.Model):
    """What has a lasting identity. All its words are statements.

    In public it goes by its slug, never by its key.
    """

    # The relation to its profiles; to what names it, where that is another; and the field with the name.
    PROFILES: ClassVar[str] = "profiles"
    NAMES: ClassVar[str] = ""
    NAME_FIELD: ClassVar[str] = "name"
    # The URL name of its page, which takes the slug; empty if it has no page of its own.
    PAGE: ClassVar[str] = ""
    # What people call one and several, where that is not the name of the model.
    CALLED: ClassVar[tuple[str, ...]] = ()

    slug = models.SlugField(unique=True, max_length=60)

    objects = ThingQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("slug",)
        constraints = shape_of(shapes.slug, "slug")

    def __str__(self):
        return self.slug

    @classmethod
    def profile_model(cls):
        return cls._meta.get_field(cls.PROFILES).related_model

    @classmethod
    def name_model(cls):
        """The model of the statements that give its name: its profile, unless names are dated by themselves."""
        return cls.profile_model()

    @classmethod
    def profile_field(cls):
        return cls._meta.get_field(cls.PROFILES).field.name

    @classmethod
    def naming_model(cls):
        """The statements that name it, by which it is known: its profiles, if no others do."""
        return cls._meta.get_field(cls.NAMES or cls.PROFILES).related_model

    @classmethod
    def naming_field(cls):
        return cls._meta.get_field(cls.NAMES or cls.PROFILES).field.name

    @classmethod
    def called(cls) -> tuple[str, str]:
        """What people call one and several."""
        names = cls.CALLED or (cls._meta.verbose_name, cls._meta.verbose_name_plural)
        return str(names[0]), str(names[1])

    @classmethod
    def page_of(cls, slug):
        """The address of the page of the thing with this slug."""
        return address_of(cls.PAGE, slug)

    @classmethod
    def name_at(cls, key, at):
        """A subquery: the name, at moment ``at``, of the thing whose id is in field ``key``."""
        names = cls.profile_model().objects.live(at).filter(**{cls.profile_field(): OuterRef(key)})
        return Subquery(names.order_by("-published_at").values(cls.NAME_FIELD)[:1])

    @classmethod
    def called_like(cls, name, at):
        """The things, each with its name as ``called``, whose name at a moment a reader can’t tell from another."""
        named = cls.objects.annotate(called=cls.name_at("pk", at)).exclude(called=None)
        return [thing for thing in named if reads_like(thing.called) == reads_like(name)]

    @classmethod
    def called_at(cls, key, at):
        """As ``name_at``; its code or slug where it has no name at the moment, so that it is called something."""
        path = "" if key == "pk" else f"{key}__"
        unnamed = F(f"{path}{'code' if hasattr(cls, 'code') else 'slug'}")
        return Coalesce(cls.name_at(key, at), unnamed, output_field=models.TextField())

    @property
    def profile(self):
        """Its live profile at the moment given to ``with_profile``; ``None`` if there is none."""
        return self.live_profiles[0] if self.live_profiles else None
