"""Finding a measure or a place by what people call it: its code in any capitals, or its name."""

import re
from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.text import slugify

from bhcp_portal.kit.addresses import present_names
from iccs.models import Icc, IccProfile
from metrics.imports.spellings import AmbiguousError
from metrics.models import WHOLE_BAY, Metric, MetricProfile
from partners.models import Partner, PartnerName, PartnershipName

# Words of a name that people leave out, or put before it.
LEFT_OUT = re.compile(r"^(?:nhs|number-of|the)-|-(?:nhs-foundation-trust|nhs-trust|icc)$")
# Codes of organisations and areas (ODS, GSS), ours and others.
NATIONAL_CODE = re.compile(r"[A-Z0-9]{3,6}|[EWSN][0-9]{8}")
MOST_OFFERED = 3
CALLED_THE_WHOLE_BAY = ("Whole area", "The whole area", "Whole bay", "The whole bay")


class Names:
    """The codes of some things, by their names. A name may be that of several."""

    def __init__(self, pairs: Iterable[tuple[str, str]]):
        self._codes: dict[str, str] = {}
        self._full: dict[str, set[str]] = defaultdict(set)
        self._short: dict[str, set[str]] = defaultdict(set)
        self._last: dict[str, str] = {}
        for code, name in pairs:
            self._codes[code.casefold()] = code
            self._last[code] = name
            for known, key in ((self._full, slugify(name)), (self._short, _short(name))):
                if key:
                    known[key].add(code)

    def code(self, text: str) -> str:
        """The code of the one thing called so, or nothing. Raises ``AmbiguousError`` if there are several."""
        if code := self._codes.get(text.casefold()):
            return code
        for known, key in ((self._full, slugify(text)), (self._short, _short(text))):
            codes = sorted(known.get(key, ()))
            if len(codes) > 1:
                raise AmbiguousError(
                    f"The code of one of those that are called so: {', '.join(codes)}."
                )
            if codes:
                return codes[0]
        return ""

    def offer(self, text: str) -> str:
        """A question that names what is spelt nearly so, or nothing: ``Did you mean “Waits” (WT)?``"""
        spelt: dict[str, str] = {}
        for known in (self._full, self._short):
            spelt |= {key: min(codes) for key, codes in known.items()}
        spelt |= {slugify(code): code for code in self._codes.values()}
        near = get_close_matches(slugify(text), spelt, n=2 * MOST_OFFERED, cutoff=0.75)
        codes = list(dict.fromkeys(spelt[key] for key in near))[:MOST_OFFERED]
        named = " or ".join(f"“{self._last[code]}” ({code})" for code in codes)
        return f"Did you mean {named}?" if named else ""


def _short(name):
    key = slugify(name)
    while (shorter := LEFT_OUT.sub("", key)) != key:
        key = shorter
    return key


def measures(cards: dict[int, MetricProfile]) -> Names:
    """The measures by what their cards call them; ``cards`` are by metric key."""

    def pairs():
        for metric in Metric.objects.all():
            yield metric.code, metric.slug
            if card := cards.get(metric.pk):
                yield metric.code, card.name
                yield metric.code, card.short_name
        yield from _codes_before(Metric)

    return Names(pairs())


def places() -> Names:
    """The whole area, the ICCs and the partners, by every name that they have or had."""

    def pairs():
        for name in CALLED_THE_WHOLE_BAY:
            yield WHOLE_BAY, name
        for name in _counted(PartnershipName).values_list("name", flat=True):
            yield WHOLE_BAY, name
        for thing in (Partner, Icc):
            yield from thing.objects.values_list("code", "slug")
        yield from _codes_before(Partner, Icc)
        yield from _counted(IccProfile).values_list("icc__code", "name")
        for code, name, short_name in _counted(PartnerName).values_list(
            "partner__code", "name", "short_name"
        ):
            yield code, name
            yield code, short_name

    return Names(pairs())


def _codes_before(*things):
    """The present code of each thing that had another once, and that one."""
    for (model, by, old), now in present_names().items():
        if by == "code" and model in things:
            yield now, old


def _counted(model):
    return model.objects.not_taken_back().order_by()
