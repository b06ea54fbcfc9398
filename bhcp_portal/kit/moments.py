"""Things and statements, and the moment that a page is read at.

A *thing* has a lasting identity and a slug. A *statement* is what was said of a thing at a moment: a draft
may change, but from publication on the row is never edited; a newer row supersedes it. Every public page is
a function of ``request.moment``, so today's page and any past day's page are the same code.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from urllib.parse import urlencode

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, Func, Q
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from bhcp_portal.kit.dates import end_of, london_day, span

WRITTEN_DATE_LENGTH = 21


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment a page is read at: ``at`` in UTC; ``day`` is set on a past page only."""

    at: datetime
    day: date | None = None
    path: str = ""
    other_params: tuple[tuple[str, str], ...] = ()

    @property
    def is_past(self):
        return self.day is not None

    @property
    def today(self):
        """The day in London that the page speaks of."""
        return self.day or london_day(self.at)

    @property
    def today_url(self):
        """The same address without the day."""
        return self.path + (f"?{urlencode(self.other_params)}" if self.other_params else "")

    def keep(self, url):
        """An address of ours that stays on the day being read."""
        if not self.is_past:
            return url
        path, hash_mark, fragment = url.partition("#")
        join = "&" if "?" in path else "?"
        return f"{path}{join}as-at={self.day.isoformat()}{hash_mark}{fragment}"


class MomentMiddleware:
    """Sets ``request.moment``; what is not a date in ``?as-at=`` is answered with a 400 page."""

    NOW_ONLY = ("/staff/", "/admin/", "/static/", "/health/", "/robots.txt", "/.well-known/")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        now = timezone.now()
        request.moment = Moment(now)
        if request.path.startswith(self.NOW_ONLY):
            return self.get_response(request)
        others = tuple(
            (name, value)
            for name, values in request.GET.lists()
            if name != "as-at"
            for value in values
        )
        request.moment = Moment(now, None, request.path, others)
        asked = request.GET.get("as-at", "").strip()
        if asked:
            day = read_day(asked)
            if day is None:
                # For who says it in another way than a page does, too.
                request.refusal = (
                    f"“{asked[:40]}” is not a date. Write the day you want to read about as year, "
                    "month and day, like 2017-06-30."
                )
                return render(request, "400.html", {"message": request.refusal}, status=400)
            if day < london_day(now):
                request.moment = Moment(end_of(day), day, request.path, others)
        response = self.get_response(request)
        if request.moment.is_past:
            response["X-Robots-Tag"] = "noindex"
        if getattr(response, "streaming", False) is False and "Cache-Control" not in response:
            patch_cache_control(response, max_age=0, must_revalidate=True)
        return response


def read_day(text):
    """The day written as ``YYYY-MM-DD``, or ``None`` where the text is not one."""
    try:
        return (
            date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
        )
    except ValueError:
        return None


def nothing_said_yet(request, things, template):
    """404 where nothing had been said of a thing; if it is known today, with a page that leads there.

    ``things``: those of that slug that were ``ever_known``.
    """
    if not (request.moment.is_past and things.exists()):
        raise Http404
    return render(request, template, status=404)


def moment(request):
    """Context processor: every template may read ``moment``."""
    return {"moment": getattr(request, "moment", None)}


# -- statements -----------------------------------------------------------------------------------


class Origin(models.TextChoices):
    DOCUMENT = "document", "copied from a document"
    PORTAL = "portal", "written in this portal"
    RESTORED = "restored", "loaded from an export of this portal"


class Certainty(models.TextChoices):
    SOURCED = "sourced", "as the source gives it"
    INFERRED = "inferred", "our reading of the sources"
    UNCHECKED = "unchecked", "general knowledge, not checked against a source"


class StatementQuerySet(models.QuerySet):
    def published(self):
        """Those on the record, superseded or not."""
        return self.filter(published_at__isnull=False)

    def said_by(self, at):
        """All that had been said by a moment, whatever replaced it since."""
        return self.filter(published_at__lte=at)

    def live(self, at):
        """What stood at a moment: said by then, and not superseded by then."""
        return self.said_by(at).filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=at))

    def drafts(self):
        """Those not yet on the record."""
        return self.filter(published_at__isnull=True)


IMMUTABLE = """
IF OLD.published_at IS NOT NULL THEN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'A published statement is never deleted: %.', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (to_jsonb(OLD) - 'superseded_at') IS DISTINCT FROM (to_jsonb(NEW) - 'superseded_at')
       OR (OLD.superseded_at IS NOT NULL
           AND (NEW.superseded_at IS NULL OR NEW.superseded_at > OLD.superseded_at)) THEN
        RAISE EXCEPTION 'A published statement is never edited: %. Publish a newer one.', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END IF;
RETURN NULL;
"""


class _During(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def one_live(*same, condition=None):
    """A constraint: at any moment at most one published statement about the same thing stands.

    Checked at the end of the transaction, so that the newer row goes in before the older one is closed.
    """
    published = Q(published_at__isnull=False)
    return ExclusionConstraint(
        name="%(app_label)s_%(class)s_one_live",
        expressions=[
            *((field, RangeOperators.EQUAL) for field in same),
            (_During("published_at", "superseded_at"), RangeOperators.OVERLAPS),
        ],
        condition=published & condition if condition else published,
        deferrable=Deferrable.DEFERRED,
    )


class Statement(models.Model):
    """What was said of a thing at a moment. A child's Meta must extend ``Statement.Meta``.

    ``published_as`` keeps the date as its source writes it (a day, month, year or range) where it was not
    known to the second; ``published_at`` is then that span's last second. ``same`` names the fields that
    make two rows speak of the same matter: of those only one stands at a time. Empty: none supersedes.
    """

    same: ClassVar[tuple[str, ...]] = ()

    published_at = models.DateTimeField(null=True, blank=True)
    published_as = models.CharField(max_length=WRITTEN_DATE_LENGTH, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PORTAL)
    source = models.ForeignKey("kit.Source", models.PROTECT, null=True, blank=True)
    certainty = models.CharField(max_length=10, choices=Certainty, default=Certainty.SOURCED)
    note = models.TextField("note for the reader", blank=True)
    reason = models.TextField("why it replaces what was said before", blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = StatementQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-published_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_superseded_after_published",
                condition=Q(superseded_at__isnull=True)
                | Q(published_at__isnull=False, superseded_at__gte=models.F("published_at")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_document_has_source",
                condition=~Q(origin=Origin.DOCUMENT) | Q(source__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_portal_has_author",
                condition=~Q(origin=Origin.PORTAL, published_at__isnull=False)
                | Q(author__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="immutable",
                when=pgtrigger.After,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=IMMUTABLE,
            )
        ]

    def __str__(self):
        when = self.published_words if self.is_published else "draft"
        return f"{self._meta.verbose_name}, {when}"

    @property
    def is_published(self):
        return self.published_at is not None

    @property
    def published_words(self):
        """When it was published, as exactly as is known: ``2017``, ``June 2017``, ``30 June 2017``."""
        if self.published_as:
            return span(self.published_as).in_words()
        day = london_day(self.published_at)
        return span(day.isoformat()).in_words()

    def stands(self, at):
        """Whether this was said by a moment and not superseded by then."""
        return (
            self.published_at is not None
            and self.published_at <= at
            and (self.superseded_at is None or self.superseded_at > at)
        )


class StatedCount(Statement):
    """A number of members that a source states (partners, ICCs), in that source's sense."""

    number = models.PositiveIntegerField()
    says = models.CharField("what the source says", max_length=300)

    class Meta(Statement.Meta):
        abstract = True


def fixed_once_published(parent_table, column):
    """A trigger for rows that belong to a statement: they are as fixed as the statement they hang on."""
    return pgtrigger.Trigger(
        name="fixed",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
IF EXISTS (
    SELECT 1 FROM {parent_table}
    WHERE published_at IS NOT NULL
      AND (id = CASE WHEN TG_OP = 'INSERT' THEN NEW.{column} ELSE OLD.{column} END
           OR id = CASE WHEN TG_OP = 'DELETE' THEN OLD.{column} ELSE NEW.{column} END)
) THEN
    RAISE EXCEPTION 'What belongs to a published statement is never edited: %.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
""",  # noqa: S608
    )


# -- things ---------------------------------------------------------------------------------------


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

    PROFILES: ClassVar[str] = "profiles"

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

    @property
    def profile(self):
        """What was said of it at the moment given to ``with_profile``; ``None`` where nothing was."""
        return self.live_profiles[0] if self.live_profiles else None
