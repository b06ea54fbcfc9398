"""Shapes of text that is more than words: web addresses, codes, years and written dates.

Each is a validator, which a model's field and a table's column share, and ``shape_of`` makes the
database hold it too. Empty text has every shape: whether a field may be empty is its own matter.
"""

import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from bhcp_portal.kit.dates import span
from bhcp_portal.kit.unseen import visible

_DATE = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
_NEXT_YEAR = "|".join(f"{year:02}/{(year + 1) % 100:02}" for year in range(100))


def _check(value, pattern, sentence):
    if value and not re.fullmatch(pattern, value):
        raise ValidationError(f"“{visible(value)}” {sentence}", code="invalid")


def web_address(value):
    """An address on the web: http or https, a whole host, and no name or password before it."""
    _check(value, PATTERNS[web_address], SENTENCES[web_address])


def slug(value):
    """A name in addresses."""
    _check(value, PATTERNS[slug], SENTENCES[slug])


def year(value):
    """A year, a financial year or several: ``2017``, ``2017/18``, ``2015–18``."""
    _check(value, PATTERNS[year], SENTENCES[year])
    first, _, last = value.partition("–")
    if last and int(last) <= int(first[2:]):
        raise ValidationError(f"“{value}” ends before it begins. Write it like 2015–18")


def practice_code(value):
    """The ODS code of a GP practice, or of one of its branches."""
    _check(value, PATTERNS[practice_code], SENTENCES[practice_code])


def partner_code(value):
    """An ODS or GSS code, or a short name in capitals."""
    _check(value, PATTERNS[partner_code], SENTENCES[partner_code])


def community_code(value):
    """Three capital letters."""
    _check(value, PATTERNS[community_code], SENTENCES[community_code])


def any_code(value):
    """A code of any kind of thing: capital letters, digits and _."""
    _check(value, PATTERNS[any_code], SENTENCES[any_code])


def mailbox(value):
    """An email address."""
    _check(value, PATTERNS[mailbox], SENTENCES[mailbox])


def written_date(value):
    """A date as ``span`` reads it: a day, a month, a year or a range."""
    _check(value, PATTERNS[written_date], SENTENCES[written_date])
    if value:
        try:
            span(value)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None


# Of positions on the earth, in degrees.
LATITUDES, LONGITUDES = (-90, 90), (-180, 180)


def between(least, most):
    """Validators: a number is at least this and at most that."""
    return [
        MinValueValidator(least, f"Write a number from {least} to {most}"),
        MaxValueValidator(most, f"Write a number from {least} to {most}"),
    ]


PATTERNS = {
    slug: r"[A-Za-z0-9_-]{1,60}",
    web_address: r"https?://[^][\s/?#@:.\\<>\"']+(\.[^][\s/?#@:.\\<>\"']+)+(:[0-9]{1,5})?([/?#][^\s<>\"]*)?",
    year: rf"(19|20)([0-9]{{2}}|{_NEXT_YEAR}|[0-9]{{2}}–[0-9]{{2}})",
    practice_code: r"[A-Z][0-9]{5}([0-9]{3})?",
    partner_code: r"[A-Z0-9]{1,20}",
    community_code: r"[A-Z]{3}",
    any_code: r"[A-Z0-9_]{1,40}",
    mailbox: r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}",
    written_date: rf"{_DATE}(/{_DATE})?",
}
SENTENCES = {
    slug: "is not a name for an address. Use letters, digits and hyphens alone, like open-day",
    web_address: "is not a web address. Copy it whole, like https://www.england.nhs.uk/page",
    year: "is not a year. Write it like 2017, or 2017/18 for a financial year",
    practice_code: "is not the code of a GP practice. Write a letter and five digits, like A82010",
    partner_code: "is not a partner’s code. Use capital letters and digits alone, like RTX",
    community_code: "is not a community’s code. Write three capital letters, like MIL",
    any_code: "is not a code. Use capital letters, digits and _ alone, like AE_4H",
    mailbox: "is not an email address. Write it like enquiries@example.org",
    written_date: "is not a date. Write it like 2017-06-30, 2017-06, 2017 or 2016-12/2017-03",
}


def in_the_database(shape):
    """The pattern that the database holds: the shape, or what the removal of words leaves of it."""
    removed = "(https?://.*)?removed on .*" if shape is web_address else ".*removed.*|rem"
    return f"^({PATTERNS[shape]}|{removed})$"


def shape_of(shape, *fields):
    """Constraints: in each of ``fields`` stands empty text, or text of a shape."""
    return [
        models.CheckConstraint(
            name=f"%(app_label)s_%(class)s_{field}_shape",
            condition=Q(**{field: ""}) | Q(**{f"{field}__regex": in_the_database(shape)}),
            violation_error_message=f"What is written there {SENTENCES[shape]}",
        )
        for field in fields
    ]


# How codes are written, in short.
WRITTEN = {
    community_code: "Capital letters",
    partner_code: "Capital letters and digits",
    any_code: "Capital letters, digits and _",
}
