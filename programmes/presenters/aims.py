"""The aims of a programme, each beside what was reported of it, or else what comes near to it."""

import re
from dataclasses import dataclass

from metrics.presenters.list import Shown
from programmes.models import Figure

# Words that many figures share: they say nothing of what is counted.
COMMON = frozenset(
    [
        "fewer",
        "further",
        "happen",
        "hospital",
        "more",
        "over",
        "people",
        "than",
        "that",
        "their",
        "them",
        "were",
        "when",
        "which",
        "whom",
        "with",
        "have",
        "having",
        "plan",
        "measured",
        "care",
        "will",
        "should",
        "year",
        "years",
        "from",
        "after",
        "before",
        "other",
        "each",
    ]
)
# So many words in common make a measure, or a result in the same unit, a near count.
FEWEST_IN_COMMON = 1


@dataclass(frozen=True, slots=True)
class Aim:
    """``result``: the newest result on the same subject in the same unit, or ``None``.

    Without one, ``near_measure`` or ``near_result`` is what counts something near to it and not the
    same: the measure of the programme, or its newest result, whose words have most in common with
    it; or ``None``.
    """

    figure: Figure
    result: Figure | None
    near_measure: Shown | None = None
    near_result: Figure | None = None

    @property
    def not_reported(self):
        """That no result is known, with its time where that is a plain one: ``Not reported for 2019/20``."""
        period = self.figure.period
        return f"Not reported for {period}" if period[:1].isdigit() else "Not reported"


def aims_of(groups, measures=()):
    """The ``Aim``s among figures that come as ``in_groups`` gives them, and among ``measures``."""
    results = [figure for group in groups for figure in group.figures if figure.is_result]
    results.sort(key=lambda figure: figure.last_day, reverse=True)
    return [
        _aim(figure, group.newest_result(figure.unit) if group.title else None, measures, results)
        for group in groups
        for figure in group.figures
        if figure.is_plan
    ]


def _aim(figure, result, measures, results):
    if result:
        return Aim(figure, result)
    words = _words(figure.unit, figure.counts)
    measure = _nearest(words, measures, _words_of_measure)
    same_unit = [each for each in results if each.unit == figure.unit]
    return Aim(
        figure,
        None,
        near_measure=measure,
        near_result=None if measure else _nearest(words, same_unit, _words_of_figure),
    )


def _nearest(words, found, words_of):
    """What has most words in common with the aim, the first of several; ``None`` if nothing has any."""
    best = max(found, key=lambda each: len(words & words_of(each)), default=None)
    if best is None or len(words & words_of(best)) < FEWEST_IN_COMMON:
        return None
    return best


def _words_of_measure(shown):
    verdict = shown.verdict
    return _words(verdict.profile.name, getattr(verdict.series, "link_words", ""))


def _words_of_figure(figure):
    return _words(figure.unit, figure.counts)


def _words(*texts):
    """The words of texts that tell what is counted, without the ``s`` of the plural."""
    found = re.findall(r"[a-z0-9&]+", " ".join(texts).lower())
    return {word.removesuffix("s") for word in found if len(word) > 3 or word.isdigit()} - COMMON
