"""Communities and what is said of them: statements copied from a document unless they say otherwise.

Each takes ``said``: a date as a source writes it (``"2017-06"``); and ``source``, ``certainty``, ``note``.

bay = icc("BAY", name="Bay", network=network("north", name="North Lancashire"))
place(bay, "Heysham")
practice(bay, "Bay Medical Group", town="Morecambe", certainty="inferred")
named(bay, "Bay", said="2022-10-03")
merged(castle, into=lancaster, when="2019-04-01", said="2019-06")
"""

from itertools import count, product
from string import ascii_uppercase

from bhcp_portal.kit.dates import span
from iccs.models import (
    Activity,
    ClinicalNetwork,
    Icc,
    IccCount,
    IccMention,
    IccPlace,
    IccPractice,
    IccProfile,
    IccSuccession,
    IccTrust,
    NetworkProfile,
    Population,
    Priority,
)
from tests.factories.kit import on_record as put_on_record

LONG_AGO = "2016"
_numbers = count(1)
_codes = map("".join, product(ascii_uppercase, repeat=3))


def network(slug=None, *, name=None, published=LONG_AGO, **fields):
    """A clinical network with its name."""
    slug = slug or f"network-{next(_numbers)}"
    made = ClinicalNetwork.objects.create(slug=slug)
    name = name or slug.replace("-", " ").title()
    put_on_record(NetworkProfile, network=made, name=name, published_as=published, **fields)
    return made


def icc(code=None, *, name=None, slug=None, published=LONG_AGO, **profile):
    """A community and what is said of it; each call gives another one."""
    code = code or next(_codes)
    made = Icc.objects.create(code=code, slug=slug or code.lower())
    profiled(made, name=name or f"Community {code}", published=published, **profile)
    return made


def profiled(icc, *, published, **profile):
    """What is said of a community from then on."""
    return put_on_record(IccProfile, icc=icc, published_as=published, **profile)


def place(icc, name, *, published=LONG_AGO, **fields):
    return put_on_record(IccPlace, icc=icc, name=name, published_as=published, **fields)


def practice(icc, name, *, published=LONG_AGO, **fields):
    return put_on_record(IccPractice, icc=icc, name=name, published_as=published, **fields)


def served_by(icc, partner, *, published=LONG_AGO, **fields):
    """That a hospital trust serves a community."""
    return put_on_record(IccTrust, icc=icc, partner=partner, published_as=published, **fields)


def population(icc, people, *, published=LONG_AGO, **fields):
    fields = {"code": f"people-{next(_numbers)}", "counts": "patients on its lists", **fields}
    return put_on_record(Population, icc=icc, people=people, published_as=published, **fields)


def priority(icc, words, *, published=LONG_AGO, **fields):
    return put_on_record(Priority, icc=icc, words=words, published_as=published, **fields)


def activity(icc, words, *, when="", published=LONG_AGO, **fields):
    """Something that happened, ``when`` written as a source writes dates."""
    return put_on_record(
        Activity, icc=icc, words=words, published_as=published, **_happened(when), **fields
    )


def named(icc, named_as, *, published=LONG_AGO, **fields):
    """That a source names a community."""
    return put_on_record(IccMention, icc=icc, named_as=named_as, published_as=published, **fields)


def merged(icc, *, into, when="", published, kind="merged", **fields):
    """That a source says what became of a community."""
    return put_on_record(
        IccSuccession,
        icc=icc,
        successor=into,
        kind=kind,
        published_as=published,
        **_happened(when),
        **fields,
    )


def stated(number, *, published, says="It speaks of so many.", **fields):
    """How many communities a source says there are."""
    return put_on_record(IccCount, number=number, says=says, published_as=published, **fields)


def _happened(when):
    return {"happened_as": when, "happened_on": span(when).last if when else None}
