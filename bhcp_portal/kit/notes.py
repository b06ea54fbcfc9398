"""Notes of a page: a small number at each fact leads to the sources that end the page.

A template asks ``{% note statement %}`` where it shows a fact; the layout lists the sources after
all of the page is written. Each source stands there once, with the statements that rest on it.
"""

from dataclasses import dataclass, field
from functools import cached_property

from bhcp_portal.kit.dates import on_or_in
from bhcp_portal.kit.kinds import kind_of, value_at
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import Certainty, Origin, Statement

# One sign for each way in which a fact may be less than what its source says, and what it means.
SIGNS = {
    Certainty.INFERRED: ("*", "our reading"),
    Certainty.UNCHECKED: ("?", "not checked against a source"),
}
LONGEST = 120
# What entries without the page of a source are known by.
LATER, WRITTEN_HERE = "later", "here"


@dataclass(slots=True)
class Entry:
    """A source at the end of a page. ``profile``: ``None`` where no page of a source may be named.

    ``withdrawn``: what was said of it last, where all of it is taken back. ``is_later``: it was
    published after the day being read. None of these: written in this portal.
    """

    number: int
    profile: object = None
    withdrawn: object = None
    is_later: bool = False
    statements: dict[tuple, Statement] = field(default_factory=dict)

    @property
    def facts(self) -> list["Fact"]:
        is_here = self.profile is None and self.withdrawn is None and not self.is_later
        return [
            Fact(each, is_end=is_here and bool(each.source_id)) for each in self.statements.values()
        ]


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement in the list of what rests on a source. ``is_end``: its end alone rests on it."""

    statement: Statement
    is_end: bool = False

    @property
    def kind(self):
        one = kind_of(_model(self.statement)).one
        return f"End of {one[:1].lower()}{one[1:]}" if self.is_end else one

    @property
    def words(self):
        words = _end_words(self.statement) if self.is_end else _words(self.statement)
        return words if len(words) <= LONGEST else words[:LONGEST].rsplit(" ", 1)[0] + " …"

    @property
    def certainty(self):
        """How it is less than what the source says: ``our reading``; empty if the source says it."""
        return "" if self.is_end else sign_of(self.statement)[1]

    @property
    def note(self):
        """Its note for the reader, which is of the fact and not of its end."""
        return "" if self.is_end else self.statement.note


def has_end_of_ours(statement: Statement) -> bool:
    """Whether a fact is from a source and its end was written in this portal (``kit.editor.facts``)."""
    return bool(statement.source_id) and statement.origin != Origin.DOCUMENT


def sign_of(statement) -> tuple[str, str]:
    """The sign of a fact that is less than what its source says, and what it means; empty if it is not."""
    return SIGNS.get(_certainty(statement), ("", ""))


def _certainty(statement):
    if isinstance(statement, Statement):
        return statement.certainty_shown
    return statement.certainty


def _model(statement):
    """The model of a statement, or of a row that was read in its place (``iccs.statements``)."""
    return type(statement) if isinstance(statement, Statement) else statement.model


def _words(statement):
    """What it says in short; empty if its kind has neither words nor a code."""
    if not isinstance(statement, Statement):
        return statement.words
    kind = kind_of(type(statement))
    if kind.words:
        return str(value_at(statement, kind.words) or "")
    words = getattr(statement, "words", "") or _code_words(statement, kind.code)
    other = getattr(statement, f"{kind.other}_name", "") if kind.reads_on else ""
    return f"{words} {other}".strip() if other or not kind.reads_on else ""


def _end_words(statement):
    """When it ends; its page has the reason beside the end."""
    ends = value_at(statement, kind_of(type(statement)).ends or "ends_as")
    return on_or_in(ends) if ends else ""


def _code_words(statement, code):
    if not code or "__" in code:
        return ""
    shown = getattr(statement, f"get_{code}_display", None)
    return str(shown() if shown else getattr(statement, code) or "")


def _source_slug(statement):
    return statement.source.slug if isinstance(statement, Statement) else statement.source_slug


class Notes:
    """The sources that a page of a moment has named so far, in the order of their first facts."""

    def __init__(self, at):
        self._entries, self._at = {}, at

    def __iter__(self):
        return iter(self._entries.values())

    def __len__(self):
        return len(self._entries)

    def cite(self, profile) -> Entry:
        """The entry of a source, by its profile, that a text names without a statement."""
        return self._entry(profile, profile.cited.slug)

    def add(self, statement: Statement) -> Entry:
        """The entry of the source that a statement rests on, with the statement among its facts."""
        profile, withdrawn, key = statement.source_profile, None, WRITTEN_HERE
        if profile is not None:
            key = profile.cited.slug
        elif statement.source_id:
            withdrawn = self._withdrawn.get(_source_slug(statement))
            key = withdrawn.cited.slug if withdrawn else LATER
        entry = self._entry(profile, key, withdrawn)
        entry.statements[_model(statement), statement.pk] = statement
        return entry

    def add_end(self, statement: Statement) -> Entry:
        """As ``add``, of what the end of a statement rests on, if that is another."""
        if not has_end_of_ours(statement):
            return self.add(statement)
        entry = self._entry(None, WRITTEN_HERE)
        entry.statements[_model(statement), statement.pk] = statement
        return entry

    def _entry(self, profile, key, withdrawn=None):
        entry = self._entries.get(key)
        if entry is None:
            entry = Entry(len(self) + 1, profile, withdrawn, is_later=key == LATER)
            self._entries[key] = entry
        return entry

    @cached_property
    def _withdrawn(self):
        """The last profile of each source that was withdrawn by the moment, by its slug; one query.

        It is asked only where a fact rests on a source of which nothing may be said.
        """
        return Source.objects.last_withdrawn(self._at)

    @property
    def signs(self) -> list[tuple[str, str]]:
        """The signs that the page needs explained."""
        used = {_certainty(s) for entry in self for s in entry.statements.values()}
        return [words for certainty, words in SIGNS.items() if certainty in used]


def notes_of(request, at) -> Notes:
    """The notes of the page that answers a request, read at a moment."""
    if not hasattr(request, "notes"):
        request.notes = Notes(at)
    return request.notes
