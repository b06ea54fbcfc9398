"""What staff are asked about standing pages."""

from bhcp_portal.kit.editor.editors import Editor, Question
from newsroom import tables

EDITORS = (
    Editor(
        tables.PageVersionTable(),
        (
            Question("page", "Page"),
            Question("title", "Title"),
            Question(
                "body",
                "Text",
                "An empty line starts a paragraph. ## starts a heading, - a list item. "
                "A link is written [words](https://address)",
            ),
            Question("review_on", "By which day is it to be read again?"),
            Question("responsible", "Who is responsible?", "A role or an organisation, no person"),
        ),
        fixed=("page",),
        begins="page",
        named_by="title",
    ),
)
