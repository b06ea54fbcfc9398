"""The page of what changed between two days: a summary, then every thing that changed, by subject."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import groupby

from django.apps import apps
from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.text import slugify

from bhcp_portal.changelog import (
    Bulk,
    ChangeRow,
    ChangesAsked,
    Corrections,
    bulk_of,
    place_names,
    rows_of,
    things_changed,
)
from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.kinds import Kind, kind_of, kinds
from bhcp_portal.kit.numbers import quantity
from iccs.changing import listed
from iccs.models import IccSuccession
from metrics.models import Metric, MetricProfile, Reading
from metrics.models.frequency import in_period
from metrics.verdict import Trend, Verdict, value_words
from metrics.verdict_rows import worked_out
from newsroom.models import NewsVersion
from programmes.models import Programme, ProgrammeProfile, Status, StatusUpdate
from programmes.models.programme import first_clause

# The subjects in the order that readers ask for them; those of later apps come behind.
FIRST = ("metrics", "programmes", "newsroom", "iccs", "partners")
HOUSEKEEPING = "Words and housekeeping"
# A page takes so many things, and no more of them once it has so many rows.
MOST_THINGS = 20
MOST_ROWS = 120
# So many changes of one thing are told.
MOST_OF_ONE = 40
# So many facts of one thing, and programmes of one kind in the summary, are named.
FEW = 4
DETAILS = "Details and sources"
# The label of a fold is no whole sentence.
LONGEST_LABEL = 60
ARROW = "→"
THEN_NOW = f"{{}} {ARROW} {{}}"


# -- subjects: what a reader can choose -----------------------------------------------------------


def subjects() -> dict[str, str]:
    """The headings of all kinds by their names in addresses, in the order of the page."""
    return {_subject_of(kind): kind.heading for kind in sorted(kinds(), key=_turn)}


def _turn(kind):
    label = kind.model._meta.app_label
    # The words of the portal itself come last.
    is_own = bool(kind.listed_under) or apps.get_app_config(label).name.startswith("bhcp_portal.")
    return is_own, FIRST.index(label) if label in FIRST else len(FIRST), kind.heading


def turn(row):
    """What rows of a file of changes are sorted by: as on the page, housekeeping last."""
    return _is_housekeeping(row.kind), _turn(row.kind)


def _is_housekeeping(kind):
    """Whether it says how the record is kept, and not what happened in care."""
    return kind.is_housekeeping or _turn(kind)[0]


def kinds_under(subject: str) -> tuple[Kind, ...]:
    """The kinds of a subject; none if there is no such subject."""
    return tuple(kind for kind in kinds() if _subject_of(kind) == subject)


# -- what changed of one thing --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FactChanged:
    """What happened, in words, and the day on which it was listed, in words; empty if there is no one day."""

    words: str
    when: str = ""


def _one_day(rows):
    """The day, in words, on which all rows were listed; empty if there are several."""
    days = {row.listed_when for row in rows}
    return days.pop() if len(days) == 1 else ""


@dataclass(frozen=True)
class ThingChanged:
    """What changed of one thing, or what changed of a kind that is of no thing.

    ``rows``: newest first. ``bulk``: what came in bulk of it, or ``None``. ``verdict``: of a measure
    with new figures, and ``figures`` what its figure was then and is now; else ``None`` and empty.
    ``ends``: the ends of communities that are among its rows, or with which others became part of it.
    ``short_name``: what its page calls it, where that is not its full name. ``has_first_day``: a day
    was asked for from which on things are new.
    """

    kind: Kind
    slug: str
    rows: list[ChangeRow]
    bulk: Bulk | None = None
    verdict: Verdict | None = None
    figures: str = ""
    ends: tuple[ChangeRow, ...] = ()
    short_name: str = ""
    has_first_day: bool = False

    @property
    def about(self):
        """The name of the thing; empty if nothing had named it, or if it is of none."""
        if not self.slug:
            return ""
        return self.rows[0].about if self.rows else self.bulk.about

    @property
    def title(self):
        return self.short_name or self.about or self.slug or self.kind.many

    @property
    def link(self):
        """The address that its title leads to; empty if it has no page."""
        model = self.kind.thing_model
        if not self.slug:
            return reverse(self.kind.page)
        return model.page_of(self.slug) if self.about and model.PAGE else ""

    @property
    def facts(self):
        """What happened, the first few facts: figures then and now, states, milestones, results."""
        return self._facts[:FEW]

    @cached_property
    def summary(self) -> "FactChanged":
        """What else changed, in few words: how many facts more, and how many words of each kind.

        It has a day where all that it counts is of that day.
        """
        more = self._facts[FEW:]
        parts = [f"{len(more)} more"] if more else []
        if self.bulk and not self.figures:
            parts.append(self.bulk.words)
        unsaid = [rows for rows in self._by_kind if not self._has_facts(rows)]
        words = [rows for rows in unsaid if not _is_only_new(rows)]
        others = [rows for rows in words if not _is_housekeeping(rows[0].kind)]
        if not parts and not others and not self._facts:
            others = words
        parts += [_words_of(rows) for rows in others]
        whens = {fact.when for fact in more} | {row.listed_when for rows in others for row in rows}
        if self.bulk and not self.figures:
            whens.add("")
        if not parts and not self._facts:
            whens = {row.listed_when for row in self.rows}
        when = whens.pop() if len(whens) == 1 else ""
        return FactChanged("; ".join(part.removesuffix(".") for part in parts) or DETAILS, when)

    @property
    def is_one_fact(self):
        """Whether one fact, short enough for the label of a fold, is all of it."""
        return (
            len(self._facts) == 1
            and self.summary.words == DETAILS
            and len(self._facts[0].words) <= LONGEST_LABEL
        )

    @property
    def label(self):
        """What its fold is called."""
        return self._facts[0] if self.is_one_fact else self.summary

    @cached_property
    def _facts(self):
        facts = []
        if self.ends:
            words = _end_words(self.ends, self._moved, self.slug)
            facts.append(FactChanged(words, _one_day(self.ends)))
        facts += [FactChanged(self.figures)] if self.figures else []
        facts += [
            fact for rows in self._by_kind if self._has_facts(rows) for fact in _facts_of(rows)
        ]
        return [replace(fact, words=fact.words.removesuffix(".")) for fact in facts]

    def _has_facts(self, rows):
        """Whether rows of one kind tell of a fact. Without a first day everything would be new."""
        return bool(_facts_of(rows)) and (self.has_first_day or not _is_only_new(rows))

    @cached_property
    def _moved(self):
        """The rows that the end of a community brought with it."""
        return [row for row in self.rows if any(_came_with(row, end) for end in self.ends)]

    @cached_property
    def _by_kind(self):
        by_kind, moved = {}, self._moved
        for row in self.rows:
            key = (row.kind, row.is_taking_back, row.kind.is_state and not row.code)
            if row not in moved:
                by_kind.setdefault(key, []).append(row)
        return sorted(by_kind.values(), key=_news_first)

    @property
    def shown(self):
        return self.rows[:MOST_OF_ONE]

    @property
    def more(self):
        """How many rows there are besides those that are shown."""
        return len(self.rows) - len(self.shown)


def _came_with(row, end):
    """Whether a row is the end of a community, or what ended or began with it, on its day."""
    return row is end or bool(end.day and end.day in (row.starts, row.ends))


def _end_words(ends, moved, slug):
    """What happened to communities, in one line: ``Castle became part of it, 1 April 2027; 7 moved``."""
    own = [end for end in ends if end.slug == slug]
    alike = _alike(own or ends)
    sentences = [end.text if own else f"{end.about} {end.text}" for end in alike]
    number = len([row for row in moved if row not in ends])
    with_it = ""
    if number:
        what = "thing" if number == 1 else "things"
        verb = "ended with it" if own else "came with that"
        with_it = f" ({number} {what} {verb})"
    return "; ".join(dict.fromkeys(sentences)) + with_it


def _alike(ends):
    """The ends, those of one community alike but for who follows as one that names all of these."""
    found = {}
    for end in sorted(ends, key=lambda each: each.other):
        alike = (end.slug, end.code, end.day, end.is_taking_back, end.words)
        found.setdefault(alike, []).append(end)
    others = [list(dict.fromkeys(each.other for each in alike)) for alike in found.values()]
    return [
        replace(alike[0], other=listed(names))
        for alike, names in zip(found.values(), others, strict=True)
    ]


def _news_first(rows):
    """What the kinds of change of one thing are sorted by: new, how it stands, what it achieved."""
    kind = rows[0].kind
    is_new = _is_description(kind) and rows[-1].before is None
    return not is_new, not kind.is_state, not kind.is_work


def _is_description(kind):
    return kind.thing_model is not None and kind.model is kind.thing_model.profile_model()


def _is_only_new(rows):
    """Whether rows of one kind, newest first, say of a thing that it is new and not that it ended."""
    is_new = _is_description(rows[0].kind) and rows[-1].before is None
    return is_new and not rows[0].is_taking_back and not rows[0].ending


def _facts_of(rows):
    """What rows of one kind, newest first, say that happened, each fact in full; none if it is but words."""
    newest, kind = rows[0], rows[0].kind
    if newest.is_taking_back:
        return [_fact(row, f"taken back: {_one(row)}") for row in rows] if kind.is_work else []
    if state := _state(rows):
        return [_fact(next(row for row in rows if row.code), state)]
    if _is_description(kind):
        return [_fact(newest, words) for words in _described(rows)]
    if not kind.is_work:
        return []
    # Of what was said of one matter several times, the newest is the fact.
    matters = {row.matter or row.key: row for row in reversed(rows)}
    return [_fact(row, _one(row)) for row in rows if matters[row.matter or row.key] is row]


def _fact(row, words):
    return FactChanged(words, row.listed_when)


def _words_of(rows):
    """What rows of one kind that tell of no fact say together, newest first."""
    newest, kind = rows[0], rows[0].kind
    back = "taken back: " if newest.is_taking_back else ""
    if not back and _is_description(kind):
        return "renamed" if newest.text == newest.about else "description changed"
    if not back and (moved := _moved(rows)):
        return moved
    if len(rows) > 1:
        return f"{back}{len(rows)} {kind.many_within}"
    words = _one(newest)
    return back + (words if len(words) <= LONGEST_LABEL else kind.one_within)


def _moved(rows):
    """That something left one place for another on one day: ``Castle → Bay``; else empty."""
    if len(rows) != 2 or not all(row.other for row in rows):
        return ""
    for old, new in (rows, rows[::-1]):
        if old.ends and old.ends == new.starts and old.other != new.other:
            return f"{new.kind.one}: {THEN_NOW.format(old.other, new.other)}"
    return ""


def _state(rows):
    """Where a thing stood and stands: ``Status: on track → complete``; empty if no row says it."""
    kind = rows[0].kind
    newest = next((row for row in rows if row.code), None)
    if not kind.is_state or newest is None:
        return ""
    before = rows[-1].before
    while before and not before.code:
        before = before.before
    now = kind.code_words(newest.code).lower()
    then = kind.code_words(before.code).lower() if before else ""
    if then == now:
        return f"{kind.one}: still {now}"
    return f"{kind.one}: {THEN_NOW.format(then, now) if then else now}"


def _described(rows):
    """That a thing is new, or that it ended; none if its words alone changed."""
    first, newest = rows[-1], rows[0]
    ending = f"{newest.ending} {newest.ends_in}" if newest.ending else ""
    if first.before is not None:
        return [ending] if ending else []
    return [", ".join(filter(None, ("new", ending)))]


def _one(row):
    """One row, with the number before it where that differs; of a report in words its first sentence."""
    text = first_clause(row.text) if row.kind.is_state and not row.code else row.text
    number = row.before and row.before.number
    if number is not None and number != row.number:
        was = quantity(number, row.before.unit, row.before.qualifier)
        text = THEN_NOW.format(was, text)
    return f"{row.name}: {text}" if text else row.name


# -- the summary ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """One figure of the summary, such as ``3 programmes ended``.

    ``subject``: where they are listed. ``named``: the first few, as pairs of the programme's name
    and slug.
    """

    words: str
    subject: str
    named: list[tuple[str, str]] = field(default_factory=list)
    more: int = 0


def _summary(asked, found, verdicts):
    """What can be counted: what is off track first, then measures, programmes and news; three queries."""
    if asked.corrections is Corrections.ALONE:
        return []
    counts = []
    programmes, news, readings = map(kind_of, (ProgrammeProfile, NewsVersion, Reading))
    of_programmes = {} if asked.only and programmes not in asked.only else _of_programmes(asked)
    off_track = of_programmes.pop(OFF_TRACK, [])
    if off_track:
        counts.append(_counted(off_track, OFF_TRACK, programmes))
    if number := len(verdicts):
        trends = Counter(verdict.trend for verdict in verdicts.values())
        words = f"new figures of {number:,} {_many('measure', number)}"
        if trends[Trend.BETTER] or trends[Trend.WORSE]:
            words += (
                f" ({trends[Trend.BETTER]} for the better, {trends[Trend.WORSE]} for the worse)"
            )
        counts.append(Counted(words, _subject_of(readings)))
    counts += [_counted(some, words, programmes) for words, some in of_programmes.items()]
    if number := found.kinds[news]:
        counts.append(Counted(f"{number:,} {_many('piece', number)} of news", _subject_of(news)))
    return counts


def _counted(some, words, kind):
    number = f"{len(some):,} {_many('programme', len(some))} {words}"
    return Counted(number, _subject_of(kind), some[:FEW], len(some[FEW:]))


def _many(word, number):
    return word if number == 1 else f"{word}s"


OFF_TRACK = "said to be off track"


def _of_programmes(asked):
    """Which programmes are off track, new, ended, moved on or have another status, by what they did."""
    now, then = _states(_last(asked)), _states(asked.since) if asked.since else {}
    found = defaultdict(list)
    off_track = _off_track_between(asked)
    for slug, state in now.items():
        before = then.get(slug)
        pair = (state.name, slug)
        if slug in off_track:
            found[OFF_TRACK].append(pair)
        if before is None:
            found["new on the record" if then else "on the record"].append(pair)
        if state.is_over and not (before and before.is_over):
            found["ended"].append(pair)
        if before and before.stage and state.stage != before.stage:
            found["moved to another stage"].append(pair)
        if before and before.status and state.status and state.status != before.status:
            found["got another status"].append(pair)
    return found


def _off_track_between(asked):
    """The slugs of the programmes of which a status in the time asked for was off track; one query."""
    last = _last(asked)
    updates = StatusUpdate.objects.versions(last).with_listed_at(last)
    listed = updates.filter(status=Status.OFF_TRACK, listed_at__lte=last)
    if asked.since:
        listed = listed.filter(listed_at__gt=asked.since)
    return set(listed.values_list("programme__slug", flat=True))


def _last(asked):
    """The moment at which what is asked for ends."""
    return asked.until if asked.until and asked.until < asked.at else asked.at


@dataclass(frozen=True, slots=True)
class _State:
    name: str
    stage: str
    status: str
    is_over: bool


def _states(at):
    """How every programme known at a moment stood, by slug, in the order of names; one query."""
    known = Programme.objects.known_at(at).with_states(at)
    named = known.annotate(name_then=Programme.name_at("pk", at)).order_by("name_then", "slug")
    return {
        row.slug: _State(
            row.name_then,
            row.stage_code or "",
            row.last_update.status if row.last_update else "",
            row.is_over(london_day(at)),
        )
        for row in named
    }


# -- the page -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """The things under one heading on a page; ``number``: how many there are on all pages.

    ``is_folded``: they are words and housekeeping, which few come for.
    """

    heading: str
    number: int
    things: list[ThingChanged]

    @property
    def is_folded(self):
        return self.heading == HOUSEKEEPING


@dataclass(frozen=True, slots=True)
class WhatChanged:
    """``total``: how many things changed. ``changes``: how often, with each single reading.

    ``summary``: what can be counted of all of them.
    """

    total: int
    changes: int
    summary: list[Counted]
    page: Page
    sections: list[Section]


def what_changed(asked: ChangesAsked, number) -> WhatChanged:
    """What changed, thing by thing, with those on page ``number``. No thing is on two pages.

    At most twelve queries, of any number of changes.
    """
    changed = things_changed(asked)
    found = AllChanged(changed, is_whole=not asked.only)
    verdicts = _verdicts(asked, found)
    figures = {slug: _figures(verdict, asked.since) for slug, verdict in verdicts.items()}
    found.put_first([slug for slug, words in figures.items() if ARROW in words])
    page = Paginator(found.pages, 1).get_page(number)
    entries = page.object_list[0] if page.object_list else []
    things = _things(asked, entries, verdicts, figures)
    sections = [
        Section(heading, found.headings[heading], [thing for _, thing in some])
        for heading, some in groupby(
            zip(entries, things, strict=True), key=lambda pair: pair[0].heading
        )
    ]
    changes = sum(count for *_, count, _ in changed)
    summary = _summary(asked, found, verdicts)
    return WhatChanged(len(found.entries), changes, summary, page, sections)


@dataclass(slots=True)
class PageLine:
    """One thing that changed, or one kind that is of no thing: what came of it, and how lately.

    ``is_whole``: all subjects are asked for, and what is but housekeeping stands under a heading of
    its own.
    """

    kind: Kind
    slug: str
    kinds: set[Kind]
    rows: int
    newest: datetime
    is_whole: bool = False

    @property
    def is_housekeeping(self):
        return self.is_whole and all(map(_is_housekeeping, self.kinds))

    @property
    def heading(self):
        return HOUSEKEEPING if self.is_housekeeping else self.kind.heading

    @property
    def turn(self):
        """What entries are sorted by: their subject, what happened before what is only described
        otherwise, things first, and how lately they changed.
        """
        is_words = all(_is_description(kind) or _is_housekeeping(kind) for kind in self.kinds)
        return (
            self.is_housekeeping,
            *_turn(self.kind),
            is_words,
            not self.slug,
            -self.newest.timestamp(),
            self.slug,
        )


class AllChanged:
    """What changed in all, from ``things_changed``, in the order of the page."""

    def __init__(self, changed, *, is_whole=False):
        entries = {}
        for kind, slug, count, newest in changed:
            key = (kind.thing_model, slug) if slug else kind
            entry = entries.setdefault(key, PageLine(kind, slug, set(), 0, newest, is_whole))
            entry.kinds.add(kind)
            # What comes in bulk is one line.
            entry.rows += 1 if kind.comes_in_bulk else count
            entry.newest = max(entry.newest, newest)
        self.entries = sorted(entries.values(), key=lambda entry: entry.turn)
        self.headings = Counter(entry.heading for entry in self.entries)

    def put_first(self, slugs):
        """Put measures with these slugs, of which a figure then and now is known, before the others."""
        first = {(Metric, slug) for slug in slugs}
        self.entries.sort(
            key=lambda entry: (
                entry.turn[:5],
                (entry.kind.thing_model, entry.slug) not in first,
                entry.turn[5:],
            )
        )

    @property
    def kinds(self):
        """How many things have changes of each kind."""
        return Counter(kind for entry in self.entries for kind in entry.kinds)

    @property
    def pages(self):
        """The entries of each page: never a part of one."""
        pages, rows = [], 0
        for entry in self.entries:
            if not pages or len(pages[-1]) == MOST_THINGS or rows >= MOST_ROWS:
                pages.append([])
                rows = 0
            pages[-1].append(entry)
            rows += min(entry.rows, MOST_OF_ONE)
        return pages


def _verdicts(asked, found):
    """The verdicts, when what is asked for ends, on the measures with new figures, by slug; three queries."""
    of = [entry.slug for entry in found.entries if kind_of(Reading) in entry.kinds]
    if not of or asked.corrections is Corrections.ALONE:
        return {}
    last = _last(asked)
    metrics = list(Metric.objects.known_at(last).filter(slug__in=of))
    return {
        verdict.metric.slug: verdict
        for verdict in worked_out(metrics, at=last, day=london_day(last))
    }


def _things(asked, entries, verdicts, figures):
    """What changed of each of some entries; five queries."""
    slugs, in_bulk = defaultdict(set), defaultdict(set)
    for entry in entries:
        for kind in entry.kinds:
            slugs[kind].add(entry.slug)
            if kind.comes_in_bulk:
                in_bulk[kind].add(entry.slug)
    names = place_names(asked.at) if in_bulk else {}
    rows = defaultdict(list)
    for row in rows_of(asked, slugs, names):
        of_thing = bool(row.kind.thing and row.slug)
        rows[(row.kind.thing_model, row.slug) if of_thing else row.kind].append(row)
    bulk = {
        (kind.thing_model, slug): each
        for kind, some in in_bulk.items()
        for slug, each in bulk_of(asked, kind, some, names).items()
    }
    ends = _ends_of_communities(rows)
    short_names = _short_names(asked, entries, verdicts)
    things = []
    for entry in entries:
        key = (entry.kind.thing_model, entry.slug) if entry.slug else entry.kind
        verdict = verdicts.get(entry.slug) if key in bulk else None
        then_now = figures[entry.slug] if verdict else ""
        things.append(
            ThingChanged(
                entry.kind,
                entry.slug,
                rows[key],
                bulk.get(key),
                verdict,
                then_now,
                ends[key],
                short_names.get(entry.slug, "") if entry.kind.thing_model is Metric else "",
                has_first_day=asked.since is not None,
            )
        )
    return things


def _short_names(asked, entries, verdicts):
    """What the pages of the measures among some entries call them, by slug; one query, or none."""
    names = {slug: verdict.profile.short_name for slug, verdict in verdicts.items()}
    slugs = {entry.slug for entry in entries if entry.kind.thing_model is Metric} - names.keys()
    if slugs:
        cards = MetricProfile.objects.live(asked.at).filter(metric__slug__in=slugs)
        names |= dict(cards.values_list("metric__slug", "short_name"))
    return names


def _ends_of_communities(rows):
    """The ends of communities among some rows, by each community that ended or that followed."""
    found = defaultdict(tuple)
    named = {some[0].about: key for key, some in rows.items() if some and some[0].about}
    for key, some in list(rows.items()):
        for row in some:
            is_end = row.kind is kind_of(IccSuccession) and row.code != IccSuccession.Kind.RENAMED
            if is_end and not row.is_taking_back:
                found[key] += (row,)
                if row.other in named:
                    found[named[row.other]] += (row,)
    return found


def _figures(verdict, since):
    """The figure that a measure had and has in its main place: ``80% in March 2019 → 65% in June 2026``."""
    now = verdict.latest
    if now is None:
        return ""
    figure = _figure(verdict, now)
    if since is None:
        return figure
    known = (p for p in verdict.points if p.value is not None and p.reading.published_at <= since)
    then = max(known, key=lambda point: point.period, default=None)
    if then is None or then.period == now.period:
        return "" if then else figure
    is_changed = any(then.period < each.starts_on <= now.period for each in verdict.rebases)
    return THEN_NOW.format(_figure(verdict, then), figure) + (
        " (counted differently)" if is_changed else ""
    )


def _figure(verdict, point):
    number = point.reading.number(verdict.profile.multiplier)
    return f"{value_words(number, verdict.profile)} {in_period(point.period, verdict.profile.frequency)}"


def _subject_of(kind):
    return slugify(kind.heading)
