"""What staff are asked about standing pages, and where news is written."""

from bhcp_portal.kit.editor.editors import Editor, OwnPage, Question
from newsroom import tables
from newsroom.models import NewsItem
from partners.roles import SEE_NEWS

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
            Question(
                "review_on",
                "By which day is it to be read again?",
                needed="Enter the day by which it is to be read again",
            ),
            Question(
                "responsible",
                "Who is responsible?",
                "A role or an organisation, no person",
                needed="Say who is responsible",
            ),
        ),
        fixed=("page",),
        begins="page",
        named_by="title",
    ),
)

OWN_PAGES = (OwnPage(NewsItem, "Its versions", "staff:news_item", SEE_NEWS),)
