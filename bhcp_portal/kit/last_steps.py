"""What was done last to a row, by whom and when: read from its history, also once it is deleted."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.timezone import localtime

# The end of the name of an action, and what it did to the row.
DONE = {
    "approved": "approved it",
    "published": "approved it",
    "returned": "returned it",
    "recalled": "took it back before it was approved",
    "refused": "deleted it",
    "discarded": "deleted it",
    "dropped": "deleted it",
    "submitted": "sent it",
    "undone": "undid it",
    "withdrawn": "withdrew it",
}


def last_step(row: models.Model) -> str:
    """A sentence on what was done last to a row: ``Eve approved it on 3 June 2026 at 14:05.``

    Empty if there is no history of it.
    """
    event = _last_event(type(row), row.pk)
    if event is None:
        return ""
    context = event.pgh_context or {}
    person = get_user_model().objects.filter(email=context.get("by", "")).first()
    action = context.get("action", "").rpartition(".")[2].rpartition("_")[2]
    done = DONE.get(action, "deleted it" if event.pgh_label == "delete" else "changed it")
    when = localtime(event.pgh_created_at).strftime("on %-d %B %Y at %H:%M")
    return f"{person or 'Somebody'} {done} {when}."


def person_names(emails: Iterable[str]) -> dict[str, str]:
    """The names of those who acted, by the email addresses that the history keeps; one query."""
    people = get_user_model().objects.filter(email__in=set(emails))
    return {person.email: str(person) for person in people}


def is_deleted(row: models.Model) -> bool:
    """Whether a row was deleted since it was read."""
    return not type(row)._default_manager.filter(pk=row.pk).exists()


def as_it_was(model: type[models.Model], pk: int) -> models.Model | None:
    """A row, or as it was before it was deleted; ``None`` if there never was one."""
    if there := model._default_manager.filter(pk=pk).first():
        return there
    event = _last_event(model, pk)
    if event is None:
        return None
    fields = [each for each in model._meta.concrete_fields if hasattr(event, each.attname)]
    row = model(**{each.attname: getattr(event, each.attname) for each in fields})
    row.pk = pk
    return row


def thing_then(row: models.Model, path: str) -> models.Model | None:
    """What a path of relations leads to from a row, even if a part of the way is deleted."""
    for name in path.split("__"):
        field = row._meta.get_field(name)
        found = as_it_was(field.related_model, getattr(row, field.attname))
        if found is None:
            return None
        row = found
    return row


def _last_event(model, pk):
    history = getattr(model, "pgh_event_model", None)
    return history and history.objects.filter(pgh_obj_id=pk).order_by("-pgh_id").first()
