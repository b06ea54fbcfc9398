"""Reads rows of several models in one query.

A page may ask the database twelve times, but what belongs to one thing often lies in many tables.
They are read as one union, in which each row is an array.
"""

from django.db import models
from django.db.models import F, Func, JSONField, TextField, Value
from django.db.models.functions import Cast

# Fields whose values JSON can't hold: they are written as text and have to be read from it.
WITHOUT_JSON_FORM = (models.DecimalField, models.DateField)


def bulk_read(*querysets):
    """The rows of several querysets, each of another model; one query.

    Gives a dict of lists by model, in no particular order. Of each queryset only the filters count:
    its order, annotations and related rows are lost.
    """
    kinds = [rows.model for rows in querysets]
    first, *others = (_as_arrays(number, rows) for number, rows in enumerate(querysets))
    readers = [_reader(model) for model in kinds]
    found = {model: [] for model in kinds}
    for number, row in first.union(*others, all=True):
        found[kinds[number]].append(readers[number](row))
    return found


def _as_arrays(number, rows):
    # A number in JSON would lose digits of a decimal; text keeps them.
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
