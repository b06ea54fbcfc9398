"""The columns of a file of readings, and how each cell is read."""

import re
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from bhcp_portal.kit.addresses import present_names
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.tables import (
    RECORD_COLUMNS,
    RECORD_NAMES,
    STATEMENT_COLUMNS,
    Column,
    PublishedField,
    day_column,
    reference_column,
    text_column,
    written_column,
    yes_no_column,
)
from iccs.models import Icc
from metrics.imports.spellings import is_mark
from metrics.models import (
    WHOLE_BAY,
    Metric,
)
from metrics.models.reading import DIGITS, PLACES
from partners.models import Partner


class ScopeField(forms.CharField):
    """Reads the code of an ICC, of a partner or ``BHCP`` as the pair (ICC, partner).

    Both are ``None`` for the whole area. Call ``prepare`` first, which loads the codes.
    """

    def prepare(self):
        self.known = {WHOLE_BAY: (None, None)}
        self.known |= {partner.code: (None, partner) for partner in Partner.objects.all()}
        self.known |= {icc.code: (icc, None) for icc in Icc.objects.all()}
        for (model, by, old), now in present_names().items():
            if by == "code" and model in (Partner, Icc):
                self.known.setdefault(old, self.known[now])

    def clean(self, value):
        value = super().clean(value)
        if value not in self.known:
            raise ValidationError(
                f"“{value}” is no community and no partner. Write the code of one, such as KEN, "
                f"or {WHOLE_BAY} for the whole area."
            )
        return self.known[value]


def metric_column(name="metric", **kwargs):
    return reference_column(name, Metric, "the measure's code", by="code", **kwargs)


STATED = {column.name: column for column in STATEMENT_COLUMNS}
SERIES_COLUMNS = (
    metric_column(of=lambda row: row.series.metric.code),
    Column(
        "scope",
        ScopeField(),
        f"code of a community, a partner, or {WHOLE_BAY} for the whole area",
        of=lambda row: row.series.scope,
    ),
)


class CountField(forms.DecimalField):
    """Reads a number with at most 12 figures before the point and 6 after.

    Its errors say what is wanted.
    """

    def to_python(self, value):
        """The number, or ``None`` for an empty cell."""
        value = (value or "").strip()
        if not value:
            return None
        if is_mark(value):
            raise ValidationError(
                "A number. Is it too small to publish? Then write yes in hidden and empty this cell. Is there "
                "no figure? Then remove the row."
            )
        if value[0] in "=+@":
            raise ValidationError("The number itself, not a formula: paste it as a value.")
        if "," in value:
            raise ValidationError("A number without commas, like 1234.5.")
        if value.endswith("%"):
            raise ValidationError("The number without the % sign.")
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
            raise ValidationError("A number in figures, like 1234.5.")
        whole, _, places = value.lstrip("-").partition(".")
        places = places.rstrip("0")
        if len(places) > PLACES:
            raise ValidationError(f"A number with at most {PLACES} decimals. Round it.")
        if len(whole.lstrip("0")) > DIGITS - PLACES:
            raise ValidationError(
                f"A number with at most {DIGITS - PLACES} figures before the point."
            )
        return Decimal(value)


def count_column(name, means):
    return Column(name, CountField(required=False), means)


# Columns that are not in the contract: staff may leave them out, an export has them all.
OPTIONAL = ("made", "certainty", "estimated", "given_on", *RECORD_NAMES)
READING_COLUMNS = (
    *SERIES_COLUMNS,
    day_column("period", "first day of the period; the measure says how long it is", required=True),
    count_column("numerator", "the top number of a share"),
    count_column("denominator", "the bottom number of a share"),
    count_column("value", "the number, only where there is no denominator"),
    yes_no_column("provisional", "whether it may still change", attribute="is_provisional"),
    Column(
        "published_at",
        PublishedField(required=False),
        "when its publisher first gave it. Since the launch it counts from its approval here",
        of=STATED["published_at"].of,
    ),
    text_column("reason", "why a published reading changed"),
    yes_no_column("hidden", "yes: too small to publish", required=False, attribute="is_hidden"),
    text_column("note", "words for the reader"),
    reference_column("source", Source, "slug of the source it comes from", required=False),
    # Staff are not asked for these; an export has them.
    STATED["made"],
    STATED["certainty"],
    yes_no_column(
        "estimated",
        "yes: the day in published_at is estimated (the end of the period and the usual lag), the reading itself is not",
        required=False,
        attribute="is_estimated",
    ),
    written_column(
        "given_on",
        "the publisher's own day, where it counts from a later approval here",
        attribute="given",
        of=lambda row: row.given_as,
    ),
    *RECORD_COLUMNS,
)
# More columns of a download. A file that is sent back may keep them; they are not read.
DOWNLOAD_COLUMNS = (
    "figure",
    "point",
    "metric_name",
    "scope_name",
    "unit",
    "publisher",
    "licence",
    "as_at",
    "address",
)
# The sheet of a workbook that holds the readings.
SHEET = "readings"
