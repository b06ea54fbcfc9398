"""Statements: what was said of a thing at a moment, and how the database protects them.

A draft may change. From publication on the row is never edited: a newer row supersedes it.
"""

import re
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import (
    Case,
    Deferrable,
    Exists,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce, Least

from bhcp_portal.kit.dates import Present, in_month, london_day, span
from bhcp_portal.kit.launch import is_before_launch, launched_at
from bhcp_portal.kit.shapes import mailbox, shape_of, written_date

WRITTEN_DATE_LENGTH = 21
# One stretch of a multirange as PostgreSQL writes it: ["2026-09-01 09:00:00+00","2026-09-05 …")
STRETCH = re.compile(r'\["?([^",]+)"?,"?([^")]*)"?\)')


# In the load at the launch, versions on one matter are recorded a second after each other.
LOADED_WITHIN = timedelta(minutes=1)


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

    def not_taken_back(self):
        """The published statements that nobody took back, superseded or not."""
        return self.published().filter(taken_back_at__isnull=True)

    def published_by(self, at):
        """The statements on the record at moment ``at``, even if superseded or taken back by then.

        Before the launch of this portal that is what had been said by then and was never taken
        back; from the launch on it is what had been recorded here (BEHAVIOUR R).
        """
        if isinstance(at, Present):
            return self.published()
        if is_before_launch(at):
            return self.filter(published_at__lte=at, taken_back_at__isnull=True)
        return self.filter(recorded_at__lte=at)

    def live(self, at):
        """The statements that stood at moment ``at``: on the record, not superseded or taken back."""
        return self.filter(_live_condition(at))

    def versions(self, at):
        """The statements on the record at moment ``at`` that counted: superseded ones too.

        Left out is what was taken back by then, and what another with the same ``published_at``
        had mended by then.
        """
        if isinstance(at, Present) or is_before_launch(at):
            return self.published_by(at).exclude(superseded_at=F("published_at"))
        return self.published_by(at).exclude(taken_back_at__lte=at)._not_mended(at)

    def _not_mended(self, at):
        """Without those that another with the same ``published_at`` had mended by moment ``at``."""
        matter = {name: OuterRef(name) for name in self.model.identity_fields}
        mended = self.model.objects.filter(
            **matter,
            published_at=OuterRef("published_at"),
            recorded_at__gt=OuterRef("recorded_at"),
            recorded_at__lte=at,
        ).exclude(taken_back_at__lte=at)
        return self.filter(~Exists(mended.order_by())) if matter else self

    def taken_back_by(self, at):
        """What had been taken back by moment ``at`` and not mended."""
        if isinstance(at, Present):
            return self.filter(taken_back_at__isnull=False)._not_mended(at)
        return self.filter(taken_back_at__lte=at)._not_mended(at)

    def stood_by(self, at):
        """The statements that stood on any day by moment ``at``, those taken back since too."""
        if not isinstance(at, Present) and is_before_launch(at):
            return self.versions(at)
        matter = {name: OuterRef(name) for name in self.model.identity_fields}
        mended_at_once = self.model.objects.filter(
            **matter,
            published_at=OuterRef("published_at"),
            recorded_at__gt=OuterRef("recorded_at"),
            recorded_at__lte=OuterRef("recorded_at") + timedelta(seconds=1),
        )
        # Late documents never stood, yet days named them.
        recorded = self.published_by(at)
        if not matter:
            return recorded
        return recorded.filter(~Exists(mended_at_once.order_by()) | Q(here__began_by=at))

    def oldest_first(self, at):
        """In the order in which they count at moment ``at``: of a matter the last is what stands.

        What a document of this year said was surely said on 31 December, yet what is recorded here
        before then follows it.
        """
        if is_before_launch(at):
            return self.order_by("published_at", "recorded_at", "pk")
        counts_from = Least("published_at", "recorded_at")
        return self.order_by(counts_from, "recorded_at", "published_at", "pk")

    def with_listed_at(self, at):
        """Adds ``listed_at``: the moment at which lists of what is new name a statement.

        On days before the launch that is when it was said. From the launch on it is when it came on
        the record here, but what the launch itself brought keeps its own date (BEHAVIOUR R).
        """
        launch = launched_at()
        if launch is None or is_before_launch(at):
            return self.annotate(listed_at=F("published_at"))
        came_with_launch = When(
            recorded_at__lte=launch + LOADED_WITHIN, then=Least(F("published_at"), F("recorded_at"))
        )
        return self.annotate(listed_at=Case(came_with_launch, default=F("recorded_at")))

    def mending(self, at):
        """Those by which we corrected how we had copied a document, by moment ``at``.

        Each has the ``published_at`` of what it mends.
        """
        launch = launched_at()
        if launch is None or not self.model.identity_fields:
            return self.none()
        earlier = self._of_one_copy().filter(recorded_at__lt=OuterRef("recorded_at"))
        since_launch = self.published_by(at).filter(recorded_at__gt=launch + LOADED_WITHIN)
        return since_launch.filter(Exists(earlier.order_by()))

    def with_first_listed_at(self, at):
        """As ``with_listed_at``, but what mends another keeps the place in lists that that had."""
        launch = launched_at()
        if launch is None or is_before_launch(at) or not self.model.identity_fields:
            return self.with_listed_at(at)
        came_with_launch = Q(recorded_at__lte=launch + LOADED_WITHIN)
        copies = self._of_one_copy().with_listed_at(at).order_by("recorded_at")
        first = Subquery(copies.values("listed_at")[:1])
        return self.annotate(
            listed_at=Case(
                When(came_with_launch, then=Least(F("published_at"), F("recorded_at"))),
                # An empty field in its matter tells it from every other.
                default=Coalesce(first, F("recorded_at")),
            )
        )

    def _of_one_copy(self):
        """The statements of one matter that were said at one moment, for a subquery."""
        matter = {name: OuterRef(name) for name in self.model.identity_fields}
        return self.model.objects.filter(**matter, published_at=OuterRef("published_at"))

    def with_sources(self, at, *fields):
        """Loads what each rests on, and as ``source_profile`` what a page of the moment may say of it.

        That is ``None`` if the source itself was not out by then. ``fields``: the fields that lead
        to a source, if more than ``source`` do. No query more.
        """
        loaded = self
        for name in fields or ("source",):
            path, alias = f"{name}__profiles", f"{name}_profile"
            when = _live_condition(at, f"{path}__")
            profile = FilteredRelation(path, condition=when)
            loaded = loaded.annotate(**{alias: profile}).select_related(name, f"{alias}__cited")
        return loaded

    def with_moments(self):
        """The published statements, with all ``moments`` at which each stands on a page (``kit_stands``)."""
        facts = ("published_at", "superseded_at", "taken_back_at", "here")
        moments = Func(*facts, function="kit_stands", output_field=MomentsField())
        return self.published().annotate(moments=moments)

    def drafts(self):
        """The drafts: statements that are not published."""
        return self.filter(published_at__isnull=True)

    def written_by(self, person):
        """The statements that a person had a hand in, whoever wrote in them last.

        It is read from their history. A draft is a row of its own, so of a correction these are the
        hands since what it corrects was published.
        """
        hands = reduce(or_, (Q(**{name: person}) for name in self.model.writer_fields))
        return self.filter(
            pk__in=self.model.pgh_event_model.objects.filter(hands).values("pgh_obj_id")
        )


def _live_condition(at, path=""):
    """The condition that a statement stood at a moment; ``path`` leads to it, with ``__``."""
    if isinstance(at, Present):
        return Q(**{f"{path}here__is_open": True})
    if is_before_launch(at):
        return Q(
            Q(**{f"{path}superseded_at__isnull": True}) | Q(**{f"{path}superseded_at__gt": at}),
            **{f"{path}published_at__lte": at, f"{path}taken_back_at__isnull": True},
        )
    return Q(**{f"{path}here__holds": at})


def stretches(moments: str) -> list[tuple[datetime, datetime | None]]:
    """The stretches of a ``MomentsField``: the first moment and that which follows the last, or ``None``."""
    return [
        (datetime.fromisoformat(begin), datetime.fromisoformat(end) if end else None)
        for begin, end in STRETCH.findall(moments)
    ]


class MomentsField(models.Field):
    """The moments at which something holds: a multirange of PostgreSQL, which the database fills."""

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "editable": False, "default": "{}"})

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["default"]
        return name, path, args, kwargs

    def db_type(self, connection):
        return "tstzmultirange"


@MomentsField.register_lookup
class _Holds(models.Lookup):
    lookup_name = "holds"

    def as_sql(self, compiler, connection):
        moments, params = self.process_lhs(compiler, connection)
        return f"{moments} @> %s::timestamptz", [*params, self.rhs]


@MomentsField.register_lookup
class _BeganBy(models.Lookup):
    """That it held by a moment, for more than the second by which one mended at once precedes its mend."""

    lookup_name = "began_by"

    def as_sql(self, compiler, connection):
        moments, params = self.process_lhs(compiler, connection)
        is_long = (
            f"(upper_inf({moments}) OR upper({moments}) - lower({moments}) > interval '1 second')"
        )
        if isinstance(self.rhs, Present):
            return is_long, [*params, *params, *params]
        began = f"lower({moments}) <= %s::timestamptz"
        return f"({began} AND {is_long})", [*params, self.rhs, *params, *params, *params]


@MomentsField.register_lookup
class _IsOpen(models.Lookup):
    lookup_name = "is_open"

    def as_sql(self, compiler, connection):
        moments, params = self.process_lhs(compiler, connection)
        return f"upper_inf({moments})", params


class _During(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class AsWrittenField(models.CharField):
    """A date as a source writes it, in the text that ``span`` reads."""

    default_validators = (written_date,)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_length": WRITTEN_DATE_LENGTH, **kwargs})

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def time_and_person(step):
    """A constraint: ``<step>_at`` and ``<step>_by`` are both filled or both empty."""
    at, by = f"{step}_at__isnull", f"{step}_by__isnull"
    return models.CheckConstraint(
        name=f"%(app_label)s_%(class)s_{step}_pair",
        condition=Q(**{at: True, by: True}) | Q(**{at: False, by: False}),
        violation_error_message=f"Say both when it was {step} and who did it.",
    )


STANDS_ALREADY = (
    "Something is said of this at the same time already. Correct what stands, or give another date."
)


def one_live(*identity_fields, condition=None, last_first=False):
    """Constraints: at any moment at most one published statement on the same matter is live.

    ``identity_fields`` make the matter; ``condition`` limits the constraints to some rows. They are
    checked at the end of the transaction. The first is for the days before the launch, on which
    only what was said before it was recorded can count; the second is for those after it, and by
    the third no two statements on a matter are equally old.

    ``last_first``: compare the last field first, where it takes far fewer values than the first.
    Thousands of rows at once then fill the indexes in two thirds of the time.
    """
    some = condition or Q()
    compared = reversed(identity_fields) if last_first else identity_fields
    matter = [(field, RangeOperators.EQUAL) for field in compared]
    return [
        ExclusionConstraint(
            name="%(app_label)s_%(class)s_one_live",
            expressions=[
                *matter,
                (_During("published_at", "superseded_at"), RangeOperators.OVERLAPS),
            ],
            condition=Q(published_at__lt=models.F("recorded_at")) & some,
            deferrable=Deferrable.DEFERRED,
            violation_error_message=STANDS_ALREADY,
        ),
        ExclusionConstraint(
            name="%(app_label)s_%(class)s_one_here",
            expressions=[*matter, ("here", RangeOperators.OVERLAPS)],
            condition=Q(published_at__isnull=False) & some,
            deferrable=Deferrable.DEFERRED,
            violation_error_message=STANDS_ALREADY,
        ),
        models.UniqueConstraint(
            name="%(app_label)s_%(class)s_in_turn",
            fields=[*identity_fields, "published_at", "recorded_at"],
            deferrable=Deferrable.DEFERRED,
            violation_error_message="This is here twice at once. Leave one of them out.",
        ),
    ]


def apart(name, *fields, condition, sentence):
    """Constraints: at any moment no two live statements have the same in all of some fields.

    For what is no part of a statement's own matter, such as the first day of one name of several.
    ``sentence`` says what to do. They are checked like those of ``one_live``.
    """
    same = [(field, RangeOperators.EQUAL) for field in fields]
    before = Q(published_at__lt=models.F("recorded_at"))
    spans = {
        "": ((_During("published_at", "superseded_at"), RangeOperators.OVERLAPS), before),
        "_here": (("here", RangeOperators.OVERLAPS), Q(published_at__isnull=False)),
    }
    return [
        ExclusionConstraint(
            name=f"%(app_label)s_%(class)s_{name}{which}",
            expressions=[*same, during],
            condition=counts & condition,
            deferrable=Deferrable.DEFERRED,
            violation_error_message=sentence,
        )
        for which, (during, counts) in spans.items()
    ]


class Statement(models.Model):
    """What was said of a thing at a moment. A child's Meta must extend ``Statement.Meta``.

    ``published_as`` keeps the date as its source writes it (a day, month, year or range), unless it
    is known to the second; ``published_at`` is then the last second of that span.

    The database fills ``recorded_at``, when it came on this portal's record, and works out from
    when to when it counts (``kit/guards.sql``): ``superseded_at`` ends it for the days before the
    launch, and ``here`` holds the moments at which it stood in this portal.

    ``identity_fields`` names the fields that make two rows speak of the same matter, so that only
    one is live at a time. If it is empty, no row supersedes another. ``writer_fields`` name the
    person who wrote in it last, ``approver_field`` the one who approved it, if a row keeps that.
    """

    identity_fields: ClassVar[tuple[str, ...]] = ()
    # Whether it counts from its recording here even if a document said it before. The database then
    # puts the document's date into ``given_as``.
    COUNTS_FROM_HERE: ClassVar[bool] = False
    writer_fields: ClassVar[tuple[str, ...]] = ("author",)
    # Of what profiles load with ``with_profile``: the fields that lead to a source, and others.
    SOURCE_FIELDS: ClassVar[tuple[str, ...]] = ("source",)
    PROFILE_RELATED: ClassVar[tuple[str, ...]] = ()
    approver_field: ClassVar[str] = ""

    published_at = models.DateTimeField(null=True, blank=True)
    published_as = AsWrittenField(blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField(null=True, blank=True, editable=False)
    here = MomentsField()
    taken_back_at = models.DateTimeField(null=True, blank=True, editable=False)
    taken_back_because = models.TextField(blank=True, editable=False)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PORTAL)
    source = models.ForeignKey("kit.Source", models.PROTECT, null=True, blank=True)
    certainty = models.CharField(max_length=10, choices=Certainty, default=Certainty.SOURCED)
    note = models.TextField("note for the reader", blank=True)
    reason = models.TextField("why it replaces what was said before", blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    # What a page may say of its source, from ``with_sources``.
    source_profile = None

    objects = StatementQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-published_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_superseded_after_published",
                condition=Q(superseded_at__isnull=True)
                | Q(published_at__isnull=False, superseded_at__gte=models.F("published_at")),
                violation_error_message="It can’t be replaced before it was said. Check the dates.",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_recorded_once_published",
                condition=Q(published_at__isnull=True, recorded_at__isnull=True)
                | Q(published_at__isnull=False, recorded_at__isnull=False),
                violation_error_message="Publish it first: what is public is on the record.",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_taken_back_with_reason",
                condition=Q(taken_back_at__isnull=True, taken_back_because="")
                | Q(taken_back_at__gt=models.F("recorded_at")) & ~Q(taken_back_because=""),
                violation_error_message="Say why it is taken back, after it came on the record.",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_document_has_source",
                condition=~Q(origin=Origin.DOCUMENT) | Q(source__isnull=False),
                violation_error_message="Name the source that it was copied from.",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_portal_has_author",
                condition=~Q(origin=Origin.PORTAL, published_at__isnull=False)
                | Q(author__isnull=False),
                violation_error_message="Say who wrote it: sign in and send it again.",
            ),
            *shape_of(written_date, "published_as"),
        ]

    def __str__(self):
        when = self.published_words if self.is_published else "draft"
        return f"{self._meta.verbose_name}, {when}"

    @property
    def is_published(self):
        return self.published_at is not None

    @property
    def certainty_shown(self):
        """How sure a page says that it is; a kind of which a part may be our reading says so."""
        return self.certainty

    @property
    def written_date(self):
        """The date of publication as its source writes it, else the day in London."""
        return self.published_as or london_day(self.published_at).isoformat()

    @property
    def published_words(self):
        """When it was published, as exactly as is known: ``2017``, ``30 June 2017``."""
        if self.published_as:
            return span(self.published_as).in_words()
        day = london_day(self.published_at)
        return span(day.isoformat()).in_words()

    @property
    def published_in(self):
        """The month or year of publication in words: ``in October 2022``, ``between … and …``."""
        return in_month(self.written_date)

    @property
    def recorded_late_on(self):
        """The day on which what a document said came here, if after the launch and a later day."""
        if self.origin != Origin.DOCUMENT or not self.recorded_at:
            return None
        day, launch = london_day(self.recorded_at), launched_at()
        is_late = launch is not None and self.recorded_at > launch + LOADED_WITHIN
        return day if is_late and day > london_day(self.published_at) else None

    def refusal(self, at) -> str:
        """Why it can't be published now, in a sentence; empty if it can. A kind's own rule."""
        return ""

    def stands(self, at):
        """Whether it stood at moment ``at``, as ``live`` asks it of the database."""
        if isinstance(at, Present):
            return self.here.endswith(",)}")
        if is_before_launch(at):
            return (
                self.published_at is not None
                and self.published_at <= at
                and (self.superseded_at is None or self.superseded_at > at)
            )
        return any(begin <= at and (end is None or at < end) for begin, end in stretches(self.here))


class EndingQuerySet(StatementQuerySet):
    def on(self, day):
        """The statements that hold on a day. An unknown first or last day does not matter."""
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day),
            Q(ends_on__isnull=True) | Q(ends_on__gt=day),
        )


class Ending(Statement):
    """A statement of what may begin or end on a day that is known, before or after it is said.

    ``ends_on``: the first day on which it no longer holds.
    """

    starts_as = AsWrittenField("the first day it holds", blank=True, default="", db_default="")
    starts_on = models.DateField(null=True, blank=True)
    ends_as = AsWrittenField("the first day it no longer holds", blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = EndingQuerySet.as_manager()

    class Meta(Statement.Meta):
        abstract = True
        constraints = [*Statement.Meta.constraints, *shape_of(written_date, "starts_as", "ends_as")]


class Mailbox(Ending):
    """An email address at which a body, not a person, is written to. A child names the body."""

    used_for = models.CharField("what it is for", max_length=100)
    address = models.CharField("email address", max_length=254, validators=[mailbox])

    class Meta(Ending.Meta):
        abstract = True
        constraints = [*Ending.Meta.constraints, *shape_of(mailbox, "address")]


class StatedCount(Statement):
    """The number of members (partners, ICCs) that a source states, counted as the source does."""

    number = models.PositiveIntegerField()
    says = models.CharField("what the source says", max_length=300)

    class Meta(Statement.Meta):
        abstract = True
