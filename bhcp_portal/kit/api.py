"""What every part of the API shares (CONTRACT 5).

That is: schemas made from tables, lists in pages, errors in one shape, and the middleware that
every answer goes through.
"""

import json
import re
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.encoding import escape_uri_path
from ninja import Schema
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    model_validator,
)

from bhcp_portal.kit.http import replace_body
from bhcp_portal.kit.tables import (
    ListField,
    MomentField,
    PublishedField,
    Table,
    YesNoField,
    to_text,
)

ROOT = "/api/"
READS = ("GET", "HEAD", "OPTIONS")
MOST_RESULTS = 1000
# The database can't count far beyond this; no list is so long.
LAST_OFFSET = 10**9


# -- what is asked --------------------------------------------------------------------------------


class AskedWronglyError(Exception):
    """What was asked can't be answered. The message says what to do; the answer is a 400."""


def refuse_unknown(request, known):
    """Raise ``AskedWronglyError`` for a parameter that an address does not know, or that comes twice."""
    for name, values in request.GET.lists():
        if name not in known:
            raise AskedWronglyError(
                f"This address knows no “{name[:40]}”. It takes: {', '.join(known)}."
            )
        if len(values) > 1:
            raise AskedWronglyError(f"Give “{name}” once; it was given {len(values)} times.")


class Asked(Schema):
    """What every address takes."""

    as_at: Annotated[
        date | None,
        BeforeValidator(lambda text: None if text == "" else text),
        Field(
            alias="as-at",
            description="A past day, like 2017-06-30: the answer is what had been said by the end of it, "
            "in London. A day to come, or an empty one, is answered as now.",
        ),
    ] = None

    @model_validator(mode="after")
    def _knows_all(self, info: ValidationInfo):
        known = [field.alias or name for name, field in type(self).model_fields.items()]
        refuse_unknown(info.context["request"], known)
        return self


class AskedPage(Asked):
    """What every list takes."""

    limit: Annotated[
        int, Field(ge=1, le=MOST_RESULTS, description="How many to give, at most.")
    ] = 100
    offset: Annotated[int, Field(ge=0, le=LAST_OFFSET, description="How many to leave out.")] = 0


def word_of(choices, description: str):
    """A filter that takes one of a closed list of words, or nothing; for the description of the API."""
    words = {"enum": ["", *(word for word, _ in choices)]}
    return Annotated[
        str | None, Field(description=description), WithJsonSchema({"type": "string", **words})
    ]


def chosen(filters) -> dict:
    """What was chosen from a list by its filters, by name.

    Raises ``AskedWronglyError`` if a filter has a value that it does not know.
    """
    found = filters.chosen()
    if filters.errors:
        raise AskedWronglyError(" ".join(filters.refusals))
    return found


# What to do if a parameter is wrong, by its name.
TO_DO = {
    "as-at": "Write as-at as year, month and day, like 2017-06-30.",
    "limit": f"Write limit as a whole number from 1 to {MOST_RESULTS}.",
    "offset": "Write offset as a whole number, 0 or more.",
    "trend": "Write trend as better, worse, mixed, changed, none or early.",
    "scope": "Write scope as the code of an ICC or a partner, or BHCP for the whole area.",
}


# -- what is answered -----------------------------------------------------------------------------


class ErrorOut(BaseModel):
    code: Annotated[str, Field(description="for programs: the same for every fault of a kind")]
    message: Annotated[str, Field(description="for people: what is wrong, and what to do")]


class ProblemOut(BaseModel):
    """Every answer that says no."""

    error: ErrorOut


class ThingOut(BaseModel):
    slug: Annotated[str, Field(description="its name in addresses, which never changes")]
    url: Annotated[str, Field(description="its page")]


def answers(model):
    """The responses that an operation may give, by status, for the OpenAPI description."""
    return {200: model, frozenset({400, 404, 429, 503}): ProblemOut}


def schema_for(
    name: str, table: Table, *, without: tuple[str, ...] = (), **more
) -> type[BaseModel]:
    """A pydantic model with the columns of a table and their descriptions.

    ``without``: names of columns to leave out. ``more``: further fields, as pairs of a type and a
    ``Field``.
    """
    fields = {
        column.name: (_type(column.field), Field(description=column.means))
        for column in table.all_columns
        if column.name not in without
    }
    return create_model(name, __doc__=table.means, **fields, **more)


def _type(field):
    if isinstance(field, ListField):
        return list[_required_type(field.each)]
    kind = _required_type(field)
    # A file may leave out when a statement was published, but a published row always has it.
    return kind if field.required or isinstance(field, PublishedField) else kind | None


def _required_type(field):
    if isinstance(field, forms.ChoiceField):
        return Literal[tuple(code for code, _ in field.choices if code)]
    kinds = (
        (forms.DecimalField, float),
        (forms.IntegerField, int),
        (forms.DateField, date),
        (MomentField, datetime),
        (YesNoField, bool),
    )
    return next((kind for cls, kind in kinds if isinstance(field, cls)), str)


def serialise(table: Table, row, *, without: tuple[str, ...] = ()) -> dict:
    """A row as a dict in the shape of ``schema_for``; what is unknown is ``None``."""
    return {
        column.name: _value(column, row)
        for column in table.all_columns
        if column.name not in without
    }


def _value(column, row):
    value = column.value(row)
    if isinstance(column.field, PublishedField):
        return to_text(value)
    return None if value == "" and not column.field.required else value


def serialise_all(table: Table, rows, *, without: tuple[str, ...] = ()) -> list[dict]:
    """The rows of a queryset as dicts in the shape of ``schema_for``; one query."""
    named = rows.select_related(*(path for _, path in table.references))
    return [serialise(table, row, without=without) for row in named]


def list_schema(model: type[BaseModel]) -> type[BaseModel]:
    """The model of one page of a list of ``model`` (CONTRACT 5)."""
    return create_model(
        f"{model.__name__.removesuffix('Out')}ListOut",
        count=(int, Field(description="how many there are in all")),
        next=(str | None, Field(description="where the next ones are")),
        previous=(str | None, Field(description="where the ones before are")),
        results=(list[model], Field(description="these")),
    )


def page(request, asked: AskedPage, queryset, serialise_row) -> dict:
    """One page of a list as a dict in the shape of ``list_schema``.

    ``serialise_row`` makes a dict of a row. It takes one query to count, and what the queryset
    takes.
    """
    count = queryset.count()
    start, end = asked.offset, asked.offset + asked.limit
    before = max(0, min(start, count) - asked.limit)
    return {
        "count": count,
        "next": _page_address(request, asked, end) if end < count else None,
        "previous": _page_address(request, asked, before) if start and count else None,
        "results": [serialise_row(row) for row in queryset[start:end]],
    }


def _page_address(request, asked, offset):
    others = [
        (name, value)
        for name, values in request.GET.lists()
        if name not in ("limit", "offset")
        for value in values
    ]
    query = urlencode([*others, ("limit", asked.limit), ("offset", offset)])
    return f"{settings.SITE_URL}{request.path}?{query}"


def address(request, thing) -> str:
    """The full address of a thing's page, on the day being read."""
    return settings.SITE_URL + request.moment.keep(thing.get_absolute_url())


# -- the door -------------------------------------------------------------------------------------

CODES = {
    400: ("bad_request", "Something in the address is wrong. Check it against /api/v1/docs."),
    404: ("not_found", "There is nothing at this address. /api/v1/docs lists all there are."),
    405: ("method_not_allowed", "This API is for reading only. Use GET."),
    412: ("precondition_failed", "What is here is not what the request expected."),
    500: ("server_error", "Something went wrong here. Please try again later."),
    429: ("too_many_requests", "You asked for many pages. Wait a moment and ask again."),
    503: ("takes_too_long", "This takes too long at the moment. Wait a moment and ask again."),
}


def refuse(response: HttpResponse, message: str = "") -> HttpResponse:
    """Turn a response into an error in the API's one shape (``ProblemOut``); gives the response.

    ``message`` is for people; by default it is the usual sentence for the status.
    """
    code, sentence = CODES.get(response.status_code, (f"http_{response.status_code}", ""))
    body = json.dumps(
        {"error": {"code": code, "message": message or sentence or response.reason_phrase}}
    )
    # The message may repeat words of the address, which no browser must take for markup.
    inert = body.replace("<", "\\u003c").replace(">", "\\u003e")
    return replace_body(response, inert, "application/json")


def is_json(response):
    return re.match(r"application/(\w+\+)?json\b", response.get("Content-Type", "")) is not None


class ApiMiddleware:
    """Everything below ``/api/``: read-only, open to other sites, an ETag on all, errors in one shape.

    Addresses have no slash at their end; with one they lead on to the address without.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path.startswith(ROOT):
            return self.get_response(request)
        response = self._answer(request)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag"
        return response

    def _answer(self, request):
        if request.method == "OPTIONS":
            return self._options()
        if request.method not in READS:
            response = refuse(HttpResponse(status=405))
            response["Allow"] = ", ".join(READS)
            return response
        if request.path.endswith("/"):
            query = request.META.get("QUERY_STRING", "")
            there = escape_uri_path(request.path.rstrip("/"))
            return HttpResponsePermanentRedirect(there + (f"?{query}" if query else ""))
        method, request.method = request.method, "GET"
        response = self.get_response(request)
        request.method = method
        if response.status_code >= 400 and not is_json(response):
            return refuse(response, getattr(request, "refusal", ""))
        if response.status_code == 200:
            set_response_etag(response)
            response = get_conditional_response(request, etag=response["ETag"], response=response)
            if response.status_code == 412:
                refuse(response)
        return response

    def _options(self):
        response = HttpResponse(status=204)
        del response["Content-Type"]
        response["Allow"] = response["Access-Control-Allow-Methods"] = ", ".join(READS)
        response["Access-Control-Allow-Headers"] = "If-None-Match"
        response["Access-Control-Max-Age"] = "86400"
        return response
