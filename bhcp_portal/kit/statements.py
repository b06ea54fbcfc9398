"""Statements: what was said of a thing at a moment, and how the database protects them.

A draft may change. From publication on the row is never edited: a newer row supersedes it.
"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, Func, Q

from bhcp_portal.kit.dates import london_day, span

WRITTEN_DATE_LENGTH = 21


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
        """The published statements, superseded or not."""
        return self.filter(published_at__isnull=False)

    def published_by(self, at):
        """The statements published by moment ``at``, even if superseded since."""
        return self.filter(published_at__lte=at)

    def live(self, at):
        """The statements live at moment ``at``: published and not superseded by then."""
        return self.published_by(at).filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=at))

    def drafts(self):
        """The drafts: statements that are not published."""
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


def time_and_person(step):
    """A constraint: ``<step>_at`` and ``<step>_by`` are both filled or both empty."""
    at, by = f"{step}_at__isnull", f"{step}_by__isnull"
    return models.CheckConstraint(
        name=f"%(app_label)s_%(class)s_{step}_pair",
        condition=Q(**{at: True, by: True}) | Q(**{at: False, by: False}),
    )


def one_live(*identity_fields, condition=None):
    """A constraint: at any moment at most one published statement on the same matter is live.

    ``identity_fields`` make the matter; ``condition`` limits the constraint to some rows. It is
    checked at the end of the transaction, so that the newer row goes in before the older one is
    closed.
    """
    published = Q(published_at__isnull=False)
    return ExclusionConstraint(
        name="%(app_label)s_%(class)s_one_live",
        expressions=[
            *((field, RangeOperators.EQUAL) for field in identity_fields),
            (_During("published_at", "superseded_at"), RangeOperators.OVERLAPS),
        ],
        condition=published & condition if condition else published,
        deferrable=Deferrable.DEFERRED,
    )


class Statement(models.Model):
    """What was said of a thing at a moment. A child's Meta must extend ``Statement.Meta``.

    ``published_as`` keeps the date as its source writes it (a day, month, year or range), unless it
    is known to the second; ``published_at`` is then the last second of that span.
    ``identity_fields`` names the fields that make two rows speak of the same matter, so that only
    one is live at a time. If it is empty, no row supersedes another.
    """

    identity_fields: ClassVar[tuple[str, ...]] = ()

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
        """When it was published, as exactly as is known: ``2017``, ``30 June 2017``."""
        if self.published_as:
            return span(self.published_as).in_words()
        day = london_day(self.published_at)
        return span(day.isoformat()).in_words()

    def stands(self, at):
        """Whether it is live at moment ``at``: published and not superseded by then."""
        return (
            self.published_at is not None
            and self.published_at <= at
            and (self.superseded_at is None or self.superseded_at > at)
        )


class StatedCount(Statement):
    """The number of members (partners, ICCs) that a source states, counted as the source does."""

    number = models.PositiveIntegerField()
    says = models.CharField("what the source says", max_length=300)

    class Meta(Statement.Meta):
        abstract = True


def fixed_once_published(parent_table, column):
    """A trigger for rows that belong to a statement: once it is published, they can't change.

    ``parent_table`` is the statement's table, ``column`` the row's column that refers to it.
    """
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
