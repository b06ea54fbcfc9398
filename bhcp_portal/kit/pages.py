"""The pages of a long list, and what a page says that was asked for one which isn't there."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator

LONGEST = 20


@dataclass(frozen=True, slots=True)
class MissingPage:
    """A page that is not there: what was asked for, and the address of the list's first page."""

    asked: str
    is_first: bool
    first: str


def page_of(request, items, on_a_page: int) -> Page:
    """The page of a list that was asked for; the last where there are fewer, the first for nonsense."""
    page = Paginator(items, on_a_page).get_page(request.GET.get("page"))
    note_missing(request, page)
    return page


def note_missing(request, page: Page):
    """Lets the page say, above its heading, that another page of its list was asked for."""
    asked = "".join(filter(str.isprintable, request.GET.get("page", ""))).strip()
    if not asked or asked == str(page.number):
        return
    others = request.GET.copy()
    del others["page"]
    first = f"{request.path}?{others.urlencode()}" if others else request.path
    request.missing_page = MissingPage(asked[:LONGEST], page.number == 1, first)
