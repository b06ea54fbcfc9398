"""The open data: the page that describes the tables, each table as CSV, all of them as one file."""

from itertools import groupby

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from bhcp_portal import package
from bhcp_portal.kit.access import public
from bhcp_portal.kit.tables import STATEMENT_COLUMNS, write_csv

TABLES = {table.name: table for table in package.TABLES}
# The package of today and of a few past days, by what they were made of.
KEPT, MOST_KEPT = {}, 4


GROUPS = {
    "kit": "Sources",
    "partners": "Partners",
    "iccs": "Communities",
    "programmes": "Programmes, goals and metrics",
    "engagement": "News",
}


@public
@require_safe
def open_data(request):
    counts = package.counts(request.moment.at)
    groups = groupby(TABLES.values(), lambda table: table.model._meta.app_label)
    return render(
        request,
        "open_data.html",
        {
            "groups": [
                {
                    "title": GROUPS[app],
                    "tables": [_told(table, counts.get(table.name, 0)) for table in tables],
                }
                for app, tables in groups
            ],
            "shared": STATEMENT_COLUMNS,
            "tables": len(TABLES),
            "rows": sum(counts.values()),
            "licence": package.LICENCE_ADDRESS,
        },
    )


def _told(table, count):
    """A table as the page shows it: how many rows it has, and its own columns."""
    columns = [column for column in table.all_columns if column not in STATEMENT_COLUMNS]
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
    """All tables in one file. Made once for each state of the data, as it asks a query a table."""
    moment = request.moment

    def content(state):
        made = KEPT.get(state)
        if made is None:
            made = KEPT[state] = package.zipped(moment.at, moment.day)
            for oldest in list(KEPT)[:-MOST_KEPT]:
                KEPT.pop(oldest, None)
        return made

    return _file(request, "portal", "zip", "application/zip", content)


@public
@require_safe
def table_csv(request, name):
    if name not in TABLES:
        raise Http404
    table = TABLES[name]

    def content(_):
        return write_csv(table, package.public_rows(table, request.moment.at))

    return _file(request, name, "csv", "text/csv; charset=utf-8", content)


def _file(request, name, ending, content_type, content):
    """A file for download, which is not made where the reader has it already."""
    day = request.moment.day
    state = f"{name}-{package.state(request.moment.at)}{f'-{day}' if day else ''}"
    unchanged = get_conditional_response(request, etag=f'"{state}"')
    response = unchanged or HttpResponse(content(state), content_type=content_type)
    if unchanged is None:
        saved_as = f"{name}-{day}.{ending}" if day else f"{name}.{ending}"
        response["Content-Disposition"] = f'attachment; filename="{saved_as}"'
        response["ETag"] = f'"{state}"'
    # Open to the scripts of other sites, as the API is.
    response["Access-Control-Allow-Origin"] = "*"
    return response
