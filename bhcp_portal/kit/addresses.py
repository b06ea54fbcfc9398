"""Addresses that were changed: each old one leads on for ever, and is never given to another thing."""

import re
from collections.abc import Iterable
from datetime import UTC

from django.db import models
from django.db.models import F, Func

from bhcp_portal.kit import shapes
from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.kinds import kind, kind_of, table_of, tables
from bhcp_portal.kit.shapes import shape_of
from bhcp_portal.kit.statements import Statement, StatementQuerySet, one_live
from bhcp_portal.kit.things import Thing


class OldAddressQuerySet(StatementQuerySet):
    def with_present(self):
        """Adds ``present``, the slug that the thing has today."""
        present = Func("table", "slug", function="kit_address_now", output_field=models.CharField())
        return self.annotate(present=present)

    def leading_on(self):
        """The addresses that no thing has now, each with ``present``, the slug of its thing today."""
        return self.live(Present.now(UTC)).with_present().exclude(present=F("slug"))


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
class OldAddress(Statement):
    """That a thing had another slug until then. ``table``: the public table of such things.

    The thing itself takes the new slug in the same transaction (``kit.tables.OldAddressTable``).
    Nothing else may change a slug (``kit_address`` in kit/guards.sql).
    """

    identity_fields = ("table", "slug")

    table = models.CharField("table of its thing", max_length=60)
    slug = models.SlugField("what it was", max_length=60)
    moved_to = models.SlugField("what it became", max_length=60)

    objects = OldAddressQuerySet.as_manager()

    class Meta(Statement.Meta):
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
        model = addressed()[self.table]
        thing = model.objects.filter(slug=self.moved_to).first()
        return model.page_of((thing or thing_once_at(model, self.moved_to) or self).slug)


def addressed() -> dict[str, type[Thing]]:
    """The models of things with a public address, by the name of their table."""
    found = {each.name: each.model for each in tables() if issubclass(each.model, Thing)}
    return {name: model for name, model in found.items() if model.PAGE}


def thing_once_at(model: type[Thing], slug: str) -> Thing | None:
    """The thing that had a slug once and has another now."""
    if not model.PAGE or not re.fullmatch(shapes.PATTERNS[shapes.slug], slug):
        return None
    old = OldAddress.objects.leading_on().filter(table=table_of(model).name, slug=slug).first()
    return model.objects.filter(slug=old.present).first() if old else None


def present_slugs() -> dict[tuple[type[Thing], str], str]:
    """For each slug that a thing had once, the one that it has now; by model and old slug."""
    models_of = addressed()
    return {
        (models_of[old.table], old.slug): old.present
        for old in OldAddress.objects.leading_on()
        if old.table in models_of
    }


def first_slugs() -> dict[tuple[type[Thing], str], str]:
    """For each thing that has moved, the slug that it had first; by model and the slug it has now.

    What has to go by one name for ever, such as an entry of a feed, is named by it. One query.
    """
    models_of, first = addressed(), {}
    moves = OldAddress.objects.published().with_present().order_by("recorded_at", "pk")
    for table, slug, present in moves.values_list("table", "slug", "present"):
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
