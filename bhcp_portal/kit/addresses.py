"""Addresses that were changed: each old one leads on for ever, and is never given to another thing."""

import re
from collections.abc import Iterable
from datetime import UTC
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Func, OuterRef, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Extract

from bhcp_portal.kit import shapes
from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.kinds import kind, kind_of, table_of, tables
from bhcp_portal.kit.shapes import shape_of
from bhcp_portal.kit.statements import Statement, StatementQuerySet, one_live
from bhcp_portal.kit.things import Thing


class OldNameQuerySet(StatementQuerySet):
    def with_present(self):
        """Adds ``present``, the name that the thing has today."""
        kept_in = models.Value(self.model._meta.db_table), models.Value(self.model.FIELD)
        named = "table", self.model.FIELD
        present = Func(*kept_in, *named, function="kit_name_now", output_field=models.CharField())
        return self.annotate(present=present)

    def leading_on(self):
        """The names that no thing has now, each with ``present``, the one of its thing today."""
        return self.live(Present.now(UTC)).with_present().exclude(present=F(self.model.FIELD))

    def of(self, thing):
        """The changes of this name of a thing."""
        named = {"table": table_of(type(thing)).name, "present": getattr(thing, self.model.FIELD)}
        return self.published().with_present().filter(**named)

    def with_words(self, at):
        """Adds ``thing_slug``, where its thing is today, ``thing_name``, what that was called at a
        moment, both empty where it is not here, and ``in_words``: ``GAR is now GRS``.
        """
        slugs, names = [], []
        for table, model in self.model.models().items():
            things = model.objects.filter(**{self.model.FIELD: OuterRef("present")}).order_by()
            named = things.annotate(called=model.name_at("pk", at)).values("called")
            slugs.append(When(table=table, then=Subquery(things.values("slug")[:1])))
            names.append(When(table=table, then=Subquery(named[:1])))
        return self.with_present().annotate(
            thing_slug=_text_of(slugs),
            thing_name=_text_of(names),
            in_words=Concat(
                self.model.FIELD, Value(" is now "), "moved_to", output_field=TextField()
            ),
        )


def _text_of(cases):
    return Coalesce(Case(*cases, output_field=TextField()), Value(""), output_field=TextField())


class OldName(Statement):
    """That a thing went by another name until then. ``table``: the public table of such things.

    The thing itself takes the new name in the same transaction (``kit.tables.OldNameTable``).
    Nothing else may change one (``kit_keeps_name`` in kit/guards.sql). ``FIELD``: which name it is,
    ``CALLED``: what people call it.
    """

    FIELD: ClassVar[str] = ""
    CALLED: ClassVar[str] = ""

    table = models.CharField("table of its thing", max_length=60)

    objects = OldNameQuerySet.as_manager()

    class Meta(Statement.Meta):
        abstract = True

    @classmethod
    def models(cls) -> dict[str, type[Thing]]:
        """The models of things that have such a name, by the name of their table."""
        raise NotImplementedError

    @property
    def words(self) -> str:
        """Which name became which: ``code GAR is now GRS``."""
        return f"{self.CALLED} {getattr(self, self.FIELD)} is now {self.moved_to}"

    @property
    def thing(self) -> Thing | None:
        """The thing, by the name it took or, if it has another since, by that one."""
        model = self.models()[self.table]
        named = model.objects.filter(**{self.FIELD: self.moved_to}).first()
        return named or thing_once_at(model, self.moved_to, by=self.FIELD)


@tracked()
@kind(
    "Changed web address",
    "Changed web addresses",
    page="open_data",
    words="moved_to",
    writer="kit.keep_record",
    approver="kit.keep_record",
    has_own_pages=True,
    takes_back=False,
)
class OldAddress(OldName):
    """That a thing had another slug until then."""

    FIELD = "slug"
    CALLED = "web address"

    identity_fields = ("table", "slug")

    slug = models.SlugField("what it was", max_length=60)
    moved_to = models.SlugField("what it became", max_length=60)

    class Meta(OldName.Meta):
        abstract = False
        verbose_name = "changed web address"
        verbose_name_plural = "changed web addresses"
        constraints = [
            *Statement.Meta.constraints,
            *one_live("table", "slug"),
            *shape_of(shapes.slug, "slug", "moved_to"),
            models.CheckConstraint(
                name="kit_oldaddress_moved",
                condition=~models.Q(slug=F("moved_to")),
                violation_error_message="It has this address already. Choose another.",
            ),
        ]

    def get_absolute_url(self):
        """The page of its thing, where it is today."""
        return self.models()[self.table].page_of((self.thing or self).slug)

    @classmethod
    def models(cls):
        return addressed()


@tracked()
@kind(
    "Changed code",
    "Changed codes",
    page="open_data",
    words="moved_to",
    writer="kit.keep_record",
    approver="kit.keep_record",
    has_own_pages=True,
    takes_back=False,
)
class OldCode(OldName):
    """That a thing had another code until then. Files and links that have the old one still name it."""

    FIELD = "code"
    CALLED = "code"
    identity_fields = ("table", "code")

    code = models.CharField("what it was", max_length=40)
    moved_to = models.CharField("what it became", max_length=40)

    class Meta(OldName.Meta):
        abstract = False
        verbose_name = "changed code"
        verbose_name_plural = "changed codes"
        constraints = [
            *Statement.Meta.constraints,
            *one_live("table", "code"),
            *shape_of(shapes.any_code, "code", "moved_to"),
            models.CheckConstraint(
                name="kit_oldcode_moved",
                condition=~models.Q(code=F("moved_to")),
                violation_error_message="It has this code already. Choose another.",
            ),
        ]

    def get_absolute_url(self):
        """The page of its thing; where there is none yet, the page that explains the tables."""
        thing = self.thing
        return thing.get_absolute_url() if thing else kind_of(OldCode).address("")

    @classmethod
    def models(cls):
        return coded()


# What a thing goes by in the open, and how it is kept that it went by another once.
OLD_NAMES: dict[str, type[OldName]] = {each.FIELD: each for each in (OldAddress, OldCode)}
# What a code can't be: the whole area, in tables of readings.
NO_CODES = frozenset({"BHCP"})


def addressed() -> dict[str, type[Thing]]:
    """The models of things with a public address, by the name of their table."""
    found = {each.name: each.model for each in tables() if issubclass(each.model, Thing)}
    return {name: model for name, model in found.items() if model.PAGE}


def coded() -> dict[str, type[Thing]]:
    """The models of things with a code, by the name of their table."""
    found = {each.name: each.model for each in tables() if issubclass(each.model, Thing)}
    return {name: model for name, model in found.items() if hasattr(model, "code")}


def thing_once_at(model: type[Thing], name: str, *, by: str = "slug") -> Thing | None:
    """The thing that had a slug once, or a code, and has another now. ``by``: which of the two."""
    kept = OLD_NAMES.get(by)
    if kept is None or not re.fullmatch(shapes.PATTERNS[shapes.slug], name):
        return None
    if model not in kept.models().values():
        return None
    named = kept.objects.leading_on().filter(table=table_of(model).name, **{by: name})
    old = named.first()
    return model.objects.filter(**{by: old.present}).first() if old else None


def present_names() -> dict[tuple[type[Thing], str, str], str]:
    """For each slug and code that a thing had once, the one that it has now. One query.

    By model, which of the two it is, and the old one.
    """
    every = [
        kept.objects.leading_on().order_by().values_list(models.Value(by), "table", by, "present")
        for by, kept in OLD_NAMES.items()
    ]
    of_table = {by: kept.models() for by, kept in OLD_NAMES.items()}
    return {
        (of_table[by][table], by, old): present
        for by, table, old, present in every[0].union(*every[1:], all=True)
        if table in of_table[by]
    }


def codes_ever() -> set[str]:
    """All codes that things of any kind have or had, and those that none may have.

    One column of a table of readings holds codes of several kinds, so a new one is new to all.
    """
    found = set(NO_CODES)
    for model in coded().values():
        found |= set(model.objects.values_list("code", flat=True))
    return found | set(OldCode.objects.published().values_list("code", flat=True))


def code_refusal(code: str, thing: Thing | None = None) -> str:
    """Why a thing, or a new one, can't have a code: whose it is or was; empty text if it can."""
    if code in NO_CODES:
        return f"“{code}” stands for the whole area. Write another"
    for model in coded().values():
        now = model.objects.filter(code=code).first()
        holder = now or thing_once_at(model, code, by="code")
        if holder is not None and holder != thing:
            names = model.objects.annotate(called=model.called_at("pk", Present.now(UTC)))
            name = names.values_list("called", flat=True).get(pk=holder.pk)
            is_or_was = "is" if now else "was once"
            return f"“{code}” {is_or_was} the code of {name}. Write another"
    return ""


def first_slugs() -> dict[tuple[type[Thing], str], str]:
    """For each thing that has moved, the slug that it had first; by model and the slug it has now.

    What has to go by one name for ever, such as an entry of a feed, is named by it. One query.
    """
    return first_of(moves())


def moves() -> models.QuerySet:
    """Every change of an address, as (-1, second it was recorded, table and old slug, slug today)."""
    second = Cast(Extract("recorded_at", "epoch"), models.BigIntegerField())
    moved = Concat("table", Value(" "), "slug", output_field=TextField())
    named = OldAddress.objects.published().with_present().order_by()
    return named.values_list(Value(-1), second, moved, Cast("present", TextField()))


def first_of(moves: Iterable[tuple[int, int, str, str]]) -> dict[tuple[type[Thing], str], str]:
    """As ``first_slugs``, of what ``moves`` gives."""
    models_of, first = addressed(), {}
    for _, _, moved, present in sorted(moves):
        table, slug = moved.split()
        if table in models_of:
            first.setdefault((models_of[table], present), slug)
    return first


def note_old_slugs(things: Iterable[Thing]) -> None:
    """Notes in each thing of one model, as ``old_slugs``, what it was called in addresses before.

    A page that holds many things has them as places to lead to. One query.
    """
    things = list(things)
    found: dict[str, list[str]] = {}
    if things:
        table = table_of(type(things[0])).name
        for old in OldAddress.objects.leading_on().filter(table=table):
            found.setdefault(old.present, []).append(old.slug)
    for thing in things:
        thing.old_slugs = found.get(thing.slug, [])


def reached_with(thing: Thing) -> Thing | None:
    """The thing whose partner may change an address; ``None`` if all partners do.

    That is the reach of what is said of the thing itself.
    """
    return thing if kind_of(type(thing).profile_model()).reach else None
