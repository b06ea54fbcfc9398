"""The open data: the page that describes the tables, each table as CSV, all of them as one file."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from bhcp_portal import package
from bhcp_portal.kit.access import public
from bhcp_portal.kit.kinds import kind_of, tables
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.tables import RECORD_COLUMNS, STATEMENT_COLUMNS, write_csv
from bhcp_portal.kit.things import Thing

# The columns that tables of statements share.
SHARED_COLUMNS = (*STATEMENT_COLUMNS, *RECORD_COLUMNS)

# Packages that were made already, of today and a few past days, by the tag in their ETag.
MADE_PACKAGES, MOST_KEPT = {}, 4


@public
@require_safe
def open_data(request):
    counts = package.counts(request.moment.at)
    every = tables()
    # What is listed under a heading of its own comes after the apps.
    by_heading = sorted(every, key=lambda table: _heading(table) != _app_name(table))
    groups = {}
    for table in by_heading:
        groups.setdefault(_heading(table), []).append(table)
    return render(
        request,
        "open_data.html",
        {
            "groups": [
                {
                    "title": heading,
                    "tables": [_shown(table, counts.get(table.name, 0)) for table in own],
                }
                for heading, own in groups.items()
            ],
            "shared": SHARED_COLUMNS,
            "tables": len(every),
            "rows": sum(counts.values()),
            "licence": package.LICENCE_ADDRESS,
        },
    )


def _app_name(table):
    return str(table.model._meta.app_config.verbose_name)


def _heading(table):
    """What a table is listed under: the heading of its kind, or of the kind that names its things."""
    model = table.model
    if issubclass(model, Thing):
        model = model.profile_model()
    return kind_of(model).heading if issubclass(model, Statement) else _app_name(table)


def _shown(table, count):
    """A table as the page shows it: how many rows it has, and its own columns."""
    columns = [column for column in table.all_columns if column not in SHARED_COLUMNS]
    return {
        "table": table,
        "count": count,
        "columns": columns,
        "summary": f"The {len(columns)} columns of {table.name}"
        if len(columns) > 1
        else f"The column of {table.name}",
    }


@public
@require_safe
def portal_zip(request):
    """All tables as one zip file.

    It is made once for each state of the data, because it takes a query for each table.
    """
    moment = request.moment

    def content(tag):
        made = MADE_PACKAGES.get(tag)
        if made is None:
            made = MADE_PACKAGES[tag] = package.zipped(moment.at, moment.day)
            for oldest in list(MADE_PACKAGES)[:-MOST_KEPT]:
                MADE_PACKAGES.pop(oldest, None)
        return made

    return _file(request, "portal", "zip", "application/zip", content)


@public
@require_safe
def table_csv(request, name):
    table = next((table for table in tables() if table.name == name), None)
    if table is None:
        raise Http404

    def content(_):
        return write_csv(table, package.public_rows(table, request.moment.at))

    return _file(request, name, "csv", "text/csv; charset=utf-8", content)


def _file(request, name, ending, content_type, content):
    """A file for download. ``content(tag)`` makes it, unless the browser has the current one."""
    day = request.moment.day
    hashed = package.content_hash(request.moment.at)
    tag = f"{name}-{hashed}-{day}" if day else f"{name}-{hashed}"
    unchanged = get_conditional_response(request, etag=f'"{tag}"')
    response = unchanged or HttpResponse(content(tag), content_type=content_type)
    if unchanged is None:
        saved_as = f"{name}-{day}.{ending}" if day else f"{name}.{ending}"
        response["Content-Disposition"] = f'attachment; filename="{saved_as}"'
    response["ETag"] = f'"{tag}"'
    # Scripts of other sites may read it, as they may read the API.
    response["Access-Control-Allow-Origin"] = "*"
    return response
