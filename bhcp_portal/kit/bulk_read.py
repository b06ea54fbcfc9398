"""Rows of several models in one query.

A page may ask the database twelve times. What belongs to one thing often lies in many tables of the same
kind, so they are read as one union, each row as an array.
"""

from django.db import models
from django.db.models import F, Func, JSONField, TextField, Value
from django.db.models.functions import Cast

# What JSON has no form of its own for.
WITHOUT_JSON_FORM = (models.DecimalField, models.DateField)


def bulk_read(*querysets):
    """The rows of each queryset, one a model: a dict of lists by model, in no order; one query.

    Only what a queryset filters is kept: its order and what it loads besides are not.
    """
    kinds = [rows.model for rows in querysets]
    first, *others = (_as_arrays(number, rows) for number, rows in enumerate(querysets))
    readers = [_reader(model) for model in kinds]
    found = {model: [] for model in kinds}
    for number, row in first.union(*others, all=True):
        found[kinds[number]].append(readers[number](row))
    return found


def _as_arrays(number, rows):
    # A number of JSON loses figures on the way; as text it keeps them.
    cells = (
        Cast(F(field.attname), TextField())
        if isinstance(field, models.DecimalField)
        else F(field.attname)
        for field in rows.model._meta.concrete_fields
    )
    row = Func(*cells, function="jsonb_build_array", output_field=JSONField())
    return rows.order_by().values_list(Value(number), row)


def _reader(model):
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    written = [(n, f.to_python) for n, f in enumerate(fields) if isinstance(f, WITHOUT_JSON_FORM)]

    def read(row):
        for place, to_python in written:
            if row[place] is not None:
                row[place] = to_python(row[place])
        return model.from_db("default", names, row)

    return read
