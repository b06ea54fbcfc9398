"""The whole API (CONTRACT 5): its routers put together, its error answers and its description."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from ninja import NinjaAPI, Query, Router
from ninja.errors import ValidationError
from pydantic import Field

from bhcp_portal.kit.access import public
from bhcp_portal.kit.api import (
    TO_DO,
    AskedPage,
    AskedWronglyError,
    address,
    answers,
    list_schema,
    page,
    refuse,
    refuse_unknown,
    schema_for,
    serialise,
)
from bhcp_portal.kit.tables import LICENCE
from partners.models import SourceProfile, site_name
from partners.tables import SourceProfileTable

PREFIX = "/api/v1/"
# The pattern of Django's slug converter.
SLUG = "^[-a-zA-Z0-9_]+$"
DESCRIPTION = """\
Everything the partners published in this portal, read-only and without a key.

What was said stands in objects that carry when it was said (`published_at`, as exactly as is known), how sure \
it is (`certainty`), a `note` for the reader and the slug of its `source`. `null` means not known. A thing has a \
`slug`, the `url` of its page and, where it has one, a `code`: the same as on pages and in the open data.

Add `as-at=2017-06-30` to any address to read what had been said by the end of that day.
"""

sources = Router(tags=["Sources"])
SOURCES = SourceProfileTable()
SourceOut = schema_for(
    "SourceOut",
    SOURCES,
    without=("cited",),
    slug=(str, Field(description="its name in addresses")),
    url=(str, Field(description="its page")),
)


@sources.get("", response=answers(list_schema(SourceOut)), url_name="sources")
def source_list(request, asked: Query[AskedPage]):
    """The documents and data sets that facts came from, newest first"""
    rows = SourceProfile.objects.live(request.moment.at).select_related("cited", "source")
    rows = rows.newest_first()
    return page(request, asked, rows, lambda profile: _source(request, profile))


def _source(request, profile):
    own = {"slug": profile.cited.slug, "url": address(request, profile.cited)}
    return own | serialise(SOURCES, profile, without=("cited",))


api = NinjaAPI(
    title="Programme portal API",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    openapi_extra={
        "info": {
            "license": {
                "name": "Open Government Licence v3.0",
                "identifier": LICENCE,
            }
        }
    },
)
for config in apps.get_app_configs():
    # The ``api`` module of each app lists the routers of its own kinds.
    if config.name != "bhcp_portal" and find_spec(f"{config.name}.api"):
        routers = getattr(import_module(f"{config.name}.api"), "ROUTERS", {})
        for prefix, router in routers.items():
            api.add_router(prefix, router)
api.add_router("sources", sources)


@api.exception_handler(Http404)
def not_found(request, error):
    return refuse(HttpResponse(status=404), str(error))


@api.exception_handler(AskedWronglyError)
def asked_what_is_not_known(request, refused):
    return refuse(HttpResponse(status=400), str(refused))


@api.exception_handler(ValidationError)
def asked_wrongly(request, refused):
    wrong = dict.fromkeys(error["loc"][-1] for error in refused.errors)
    return refuse(
        HttpResponse(status=400), " ".join(TO_DO[name] for name in wrong if name in TO_DO)
    )


# -- its description ------------------------------------------------------------------------------


@cache
def _described() -> dict:
    """The OpenAPI description of the API as a dict, built once for each process; its title is the same everywhere."""
    schema = api.get_openapi_schema(path_prefix=PREFIX)
    for methods in schema["paths"].values():
        for operation in methods.values():
            _tidy(operation)
    models = schema["components"]["schemas"]
    for name in [name for name in models if name.startswith("Asked")]:
        # These models hold query parameters, which each address describes already.
        del models[name]
    return schema


def description() -> dict:
    """The OpenAPI description of the API as a dict, which names this portal."""
    described = _described()
    return described | {"info": described["info"] | {"title": f"{site_name().name}: API"}}


def _tidy(operation):
    """Make the first line of an operation's description its summary, and tidy its parameters.

    An optional parameter is described as one that may be left out, not as one that may be null.
    """
    docstring = operation.pop("description")
    operation["summary"], _, more = docstring.partition("\n")
    if more.strip():
        operation["description"] = more.strip()
    for parameter in operation["parameters"]:
        schema = parameter["schema"]
        if parameter["name"] == "slug":
            schema["pattern"] = SLUG
        # The parameter itself has these already.
        for name in ("description", "title", "example"):
            schema.pop(name, None)
        if "anyOf" in schema:
            schema |= schema.pop("anyOf")[0]


def _unknown(request):
    """The 400 answer if a page of the description is asked for more than a day; else ``None``."""
    try:
        refuse_unknown(request, ["as-at"])
    except AskedWronglyError as refused:
        return asked_what_is_not_known(request, refused)
    return None


@public(takes=None)
def openapi(request):
    """The description for programs."""
    if refused := _unknown(request):
        return refused
    return JsonResponse(description(), json_dumps_params={"indent": 1})


@public(takes=None)
def docs(request):
    """The description for people."""
    if refused := _unknown(request):
        return refused
    schema = description()
    return render(
        request,
        "api/docs.html",
        {
            "groups": _operations_by_tag(schema),
            "kinds": [
                _model(name, model)
                for name, model in sorted(schema["components"]["schemas"].items())
                if not name.endswith("ListOut")
            ],
            "licence": schema["info"]["license"]["name"],
        },
    )


def _operations_by_tag(schema):
    """The operations of each tag, in their order."""
    found = {}
    for route, methods in schema["paths"].items():
        for operation in methods.values():
            shown = _operation(route, operation, schema["components"]["schemas"])
            found.setdefault(operation["tags"][0], []).append(shown)
    return found


def _operation(path, operation, models):
    """One operation as the page of the API shows it: its address, parameters and answer."""
    answer = operation["responses"][200]["content"]["application/json"]["schema"]
    answer = models[_name(answer)] if _name(answer).endswith("ListOut") else answer
    is_list = "properties" in answer
    example = path
    for each in operation["parameters"]:
        example = example.replace(f"{{{each['name']}}}", each.get("example", "{"))
    return {
        "path": path,
        "example": example if "{" not in example and example != path else "",
        "summary": operation["summary"],
        "more": operation.get("description", ""),
        "parameters": [
            {"name": each["name"], "means": each["description"]}
            for each in operation["parameters"]
            if each["name"] not in SHARED
        ],
        "is_list": is_list,
        "gives": _name(answer["properties"]["results"]["items"] if is_list else answer),
    }


# The page explains these once for all addresses, and a slug needs no explanation.
SHARED = ("slug", "as-at", "limit", "offset")


def _model(name, model):
    return {
        "name": name,
        "about": model.get("description", ""),
        "fields": [
            {"name": field, "means": schema.get("description", ""), **_kind(schema)}
            for field, schema in model["properties"].items()
        ],
    }


def _kind(schema):
    """A field's type as the page shows it: in ``words``, with the ``link`` to its schema if any."""
    ways = schema.get("anyOf", [schema])
    [way] = [way for way in ways if way.get("type") != "null"]
    is_list = way.get("type") == "array"
    way = way["items"] if is_list else way
    link = _name(way)
    codes = way.get("enum") or ([way["const"]] if "const" in way else [])
    words = link or ", ".join(codes) or way.get("format") or way["type"]
    return {
        "words": words,
        "link": link,
        "is_list": is_list,
        "is_open": len(ways) > 1,
        "codes": codes,
    }


def _name(schema):
    return schema.get("$ref", "").rpartition("/")[2]


calls = [pattern for pattern in api.urls[0] if pattern.name != "api-root"]
for call in calls:
    public(call.callback, takes=None)
urlpatterns = [
    path("docs", docs, name="docs"),
    path("openapi.json", openapi, name="openapi"),
    *calls,
]
