"""What the database refuses, in the words of the constraint that says what to do."""

from functools import cache

from django.apps import apps
from django.db import DatabaseError, DataError
from django.utils.text import capfirst
from psycopg2 import IntegrityError as DriverError
from psycopg2 import errors

from bhcp_portal.kit.things import Thing


def refused_because(error: DatabaseError) -> str:
    """A sentence that says what to do about what the database refused."""
    if isinstance(error, DataError):
        return "A number or a text is too long. Shorten it."
    cause = error.__cause__
    if not isinstance(cause, DriverError):
        return str(error).partition("\n")[0]
    if isinstance(cause, errors.ForeignKeyViolation):
        return "It names something that is not there, or no longer. Choose again."
    if isinstance(cause, errors.NotNullViolation):
        return f"{capfirst((cause.diag.column_name or '').replace('_', ' '))} is empty. Fill it in."
    # A trigger names no constraint. Its message is a sentence already.
    words = sentences().get(cause.diag.constraint_name or "")
    return words or cause.diag.message_primary or str(error)


@cache
def sentences() -> dict[str, str]:
    """What each constraint of a model says to a person, by its name in the database."""
    found = {}
    for model in apps.get_models():
        one = model.called()[0] if issubclass(model, Thing) else model._meta.verbose_name
        for field in model._meta.local_concrete_fields:
            if field.unique and not field.primary_key:
                name = f"{model._meta.db_table}_{field.column}_key"
                found[name] = (
                    f"Another {one} has this {field.verbose_name} already. Choose another."
                )
        for constraint in model._meta.constraints:
            found[constraint.name] = constraint.violation_error_message
    return found
