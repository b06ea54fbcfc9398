"""The row store: one table of all that is public, in the order in which lists tell of it.

The change log, its feed, the pages of sources and the home page read it in place of every kind's own
table. The database writes it, statement by statement (``guards.install``), so it can't be forgotten
and nobody else may write it; ``rebuild`` makes it anew. What depends on the day that is asked, such as
the name of a thing or the title of a source, is not in it.
"""

from collections.abc import Callable
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Q

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.kinds import Kind
from bhcp_portal.kit.launch import is_before_launch, launched_at
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import LOADED_WITHIN, MomentsField
from bhcp_portal.kit.things import Thing

# What stands between the parts of what tells a statement from others.
BETWEEN = "\x1f"


class PublicRowQuerySet(models.QuerySet):
    def on_record(self, at):
        """What lists tell at moment ``at``: what was published by then, and what was taken back.

        Left out is what another with the same ``published_at`` had mended by then. On days before the
        launch, what was ever taken back is left out too (BEHAVIOUR R).
        """
        if isinstance(at, Present):
            return self.exclude(mended__is_open=True)
        if is_before_launch(at):
            return self.filter(
                published_at__lte=at, taken_back_at=None, is_outdone=False, is_taking_back=False
            )
        return self.filter(
            Q(is_taking_back=False, recorded_at__lte=at)
            | Q(is_taking_back=True, taken_back_at__lte=at)
        ).exclude(mended__holds=at)

    def taken_back_by(self, at):
        """What had been taken back by moment ``at``."""
        is_past = {} if isinstance(at, Present) else {"taken_back_at__lte": at}
        return self.filter(taken_back_at__isnull=False, **is_past)

    def not_taken_back_by(self, at):
        """What counted at moment ``at``, where nobody had taken it back by then."""
        is_later = Q() if isinstance(at, Present) else Q(taken_back_at__gt=at)
        return self.filter(Q(taken_back_at=None) | is_later, is_taking_back=False)

    def published_by(self, at):
        """All that was on the record at moment ``at``, even if superseded, mended or taken back by then."""
        if isinstance(at, Present):
            return self.filter(is_taking_back=False)
        if is_before_launch(at):
            return self.filter(published_at__lte=at, taken_back_at=None)
        return self.filter(is_taking_back=False, recorded_at__lte=at)

    def mends(self):
        """Those by which we corrected how we had copied a document."""
        launch = launched_at()
        if launch is None:
            return self.none()
        return self.filter(
            is_mend=True, is_taking_back=False, recorded_at__gt=launch + LOADED_WITHIN
        )


class PublicRow(models.Model):
    """A published statement, or those of a kind that comes in bulk that are alike, as lists tell them.

    ``kind``: the label of its model. ``statement``: its key; none of several. ``thing``, ``slug``:
    the thing that it speaks of, and ``other`` another that it links to. ``identity`` tells it from
    others of its kind, thing and moment. ``words`` and those after it: what ``Kind`` calls so.
    ``number_of``: how many statements it is, ``first`` and ``last`` their periods, ``places`` the codes
    of where they hold, which is empty text of the whole area.

    ``listed_at``: the moment at which lists of what is new name it. ``first_listed_at``: that of the
    first copy of what it says. ``mended``: when another copy of the same took its place, and
    ``is_outdone`` whether one does on days before the launch; ``is_mend``: it is such another.
    ``is_taking_back``: it tells that the statement was taken back, and not that it was said.
    """

    IS_READ_MODEL: ClassVar[bool] = True
    FILLED_BY: ClassVar[tuple[str, ...]] = ("kit_rebuild_rows",)

    kind = models.CharField(max_length=80)
    statement = models.BigIntegerField(null=True)
    thing = models.BigIntegerField(null=True)
    slug = models.TextField()
    other = models.BigIntegerField(null=True)
    identity = models.TextField()
    code = models.TextField()
    number = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    unit = models.TextField()
    qualifier = models.TextField()
    words = models.TextField()
    day = models.TextField()
    starts = models.TextField()
    ends = models.TextField()
    number_of = models.IntegerField()
    first = models.DateField(null=True)
    last = models.DateField(null=True)
    places = ArrayField(models.TextField())
    reasons = ArrayField(models.TextField())
    certainty = models.TextField()
    source = models.ForeignKey(Source, models.DO_NOTHING, null=True, db_constraint=False)
    published_at = models.DateTimeField()
    published_as = models.TextField()
    recorded_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    taken_back_because = models.TextField()
    mended = MomentsField()
    is_outdone = models.BooleanField()
    is_mend = models.BooleanField()
    listed_at = models.DateTimeField()
    first_listed_at = models.DateTimeField()
    is_taking_back = models.BooleanField()

    objects = PublicRowQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-listed_at"], name="kit_publicrow_listed"),
            models.Index(fields=["-published_at"], name="kit_publicrow_published"),
            models.Index(fields=["kind", "thing", "published_at"], name="kit_publicrow_thing"),
            models.Index(fields=["kind", "statement"], name="kit_publicrow_statement"),
        ]

    def __str__(self):
        return f"{self.kind} {self.statement or self.slug}"


def rebuild_rows(tell: Callable[[str], None]) -> int:
    """Make every row anew; gives how many there are. ``tell``: takes lines of progress."""
    tell("Making the rows of the change log again. With millions of readings this takes minutes.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT kit_rebuild_rows()")
    return PublicRow.objects.count()


def label_of(kind: Kind) -> str:
    """What a kind is called in ``PublicRow.kind``."""
    return kind.model._meta.label_lower


def identity_paths(kind):
    """The paths to what tells a statement apart; of slugs with the model of their thing, or ``None``."""
    # In a bulk kind the source is enough. A kind without identity fields adds what it says.
    own = kind.model.identity_fields or (kind.words, kind.number, kind.code)
    if kind.comes_in_bulk:
        own = ()
    return [("source__slug", Source), *(pair for name in own if name for pair in _open(kind, name))]


def _open(kind, name):
    """The paths to a field's public value, which is a slug in place of a key.

    A relation leads to the slug of a thing, or of every thing that the related row belongs to.
    """
    field = kind.model._meta.get_field(name)
    if not field.is_relation:
        return [(name, None)]
    related = field.related_model
    if issubclass(related, Thing):
        return [(f"{name}__slug", related)]
    things = [f for f in related._meta.fields if f.is_relation]
    return [(f"{name}__{f.name}__slug", f.related_model) for f in things]
