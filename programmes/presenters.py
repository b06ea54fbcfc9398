"""Shapes of the programmes' pages, where a template would need grouping or arithmetic."""


def rows(programmes, *, at, day):
    """The programmes as ``programmes/_row.html`` shows them, by name; three queries, however many."""
    return list(programmes.with_rows(at, day))
