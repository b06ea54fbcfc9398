"""The moment that a page is read at: now, or the end of the day in ``?as-at=2017-06-30``.

Every public page is a function of ``request.moment``, so today's page and any past day's page are
the same code.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from bhcp_portal.kit.dates import Present, end_of, london_day
from bhcp_portal.kit.launch import asked_once, is_before_launch

# Nothing is older, and pages count months and years back from the day.
EARLIEST = date(1000, 1, 1)
# Of what is left out of an address, so many names are told, and so much of each.
MOST_NAMED = 3
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment a page is read at.

    ``at``: the moment in UTC. ``day``: the day in ``?as-at=``, set on a past day's page only.
    ``path`` and ``other_params``: the page's address without that day. ``left_out``: the names in
    the address that the page doesn't know. ``is_preview``: what waits for approval is shown with it.
    ``read_on``: the day in London on which a past day's page is read.
    """

    at: datetime
    day: date | None = None
    path: str = ""
    other_params: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()
    is_preview: bool = False
    read_on: date | None = None

    @property
    def is_past(self):
        return self.day is not None

    @property
    def is_before_launch(self):
        """Whether it is a day on which nobody kept this portal yet, so that nobody planned its reviews."""
        return self.is_past and is_before_launch(self.at)

    @property
    def today(self):
        """The day in London that the page speaks of."""
        return self.day or london_day(self.at)

    @property
    def today_url(self):
        """The address of the same page as it is today."""
        return self.path + (f"?{urlencode(self.other_params)}" if self.other_params else "")

    @property
    def address(self):
        """The address of the page as it is read, with its day."""
        return self.keep(self.today_url)

    def keep(self, url):
        """The address ``url`` of a page of ours, with the day being read, if that is a past one."""
        if not self.is_past:
            return url
        path, hash_mark, fragment = url.partition("#")
        join = "&" if "?" in path else "?"
        return f"{path}{join}as-at={self.day.isoformat()}{hash_mark}{fragment}"


class MomentMiddleware:
    """Sets ``request.moment``. If ``?as-at=`` is not a date, it answers with a 400 page.

    Today and days to come mean now. A public view is not asked what it doesn't know (CONTRACT 2).
    """

    NOW_ONLY = ("/staff/", "/admin/", "/static/", "/health/", "/robots.txt", "/.well-known/")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        now = Present.now(UTC)
        request.moment = Moment(now)
        if request.path.startswith(self.NOW_ONLY):
            return self.get_response(request)
        others = tuple(
            (name, value)
            for name, values in request.GET.lists()
            if name != "as-at"
            for value in values
        )
        request.moment = Moment(now, None, request.path, others)
        asked = request.GET.get("as-at", "").strip()
        if not asked and "as-at" in request.GET:
            # Links to further pages take over what the address was asked.
            request.GET = request.GET.copy()
            del request.GET["as-at"]
        if asked:
            day = read_day(asked)
            if day is None:
                return not_a_day(request, asked)
            day = max(day, EARLIEST)
            today = london_day(now)
            if day < today:
                request.moment = Moment(end_of(day), day, request.path, others, read_on=today)
        with asked_once():
            response = self.get_response(request)
        if request.moment.is_past:
            response["X-Robots-Tag"] = "noindex"
        if request.moment.left_out:
            # What no page knows makes no further kept copy.
            response["Cache-Control"] = "no-store"
        if getattr(response, "streaming", False) is False and "Cache-Control" not in response:
            patch_cache_control(response, max_age=0, must_revalidate=True)
        return response

    def process_view(self, request, view, args, kwargs):
        """Leaves out what the address of a public view is asked and doesn't know."""
        takes = getattr(view, "takes", None)
        if takes is None:
            return
        unknown = [name for name in request.GET if name not in (*takes, "as-at")]
        if not unknown:
            return
        known = request.GET.copy()
        for name in unknown:
            del known[name]
        request.GET = known
        others = tuple(pair for pair in request.moment.other_params if pair[0] in known)
        named = tuple(name[:LONGEST_NAME] for name in unknown[:MOST_NAMED])
        request.moment = replace(request.moment, other_params=others, left_out=named)


def read_day(text):
    """The day written as ``YYYY-MM-DD``, or ``None`` where the text is not one."""
    try:
        return (
            date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
        )
    except ValueError:
        return None


def not_a_day(request, text):
    """The 400 answer to a parameter that should be a day and is not."""
    # The API puts the same sentence into its own shape.
    request.refusal = (
        f"“{text[:40]}” is not a date. Write the day as year, month and day, like 2017-06-30."
    )
    return render(request, "400.html", {"message": request.refusal}, status=400)


def not_known(request, things, template):
    """The 404 answer for a thing of which nothing stood at the moment of the page.

    ``things``: the ``ever_known`` things with this slug. It says so if all that was said of one was
    taken back by then. If one was known later, it shows ``template``, which leads to today's page.
    Otherwise ``Http404`` is raised.
    """
    model = things.model
    named = model.naming_model().objects.published_by(request.moment.at)
    last = (
        named.filter(**{f"{model.naming_field()}__in": things})
        .filter(taken_back_at__lte=request.moment.at)
        .order_by("taken_back_at")
        .last()
    )
    if last is not None:
        day = london_day(last.taken_back_at) - timedelta(days=1)
        shown_on = day if london_day(last.recorded_at) <= day else None
        return render(
            request, "nothing_stands.html", {"last": last, "shown_on": shown_on}, status=404
        )
    if not (request.moment.is_past and things.exists()):
        raise Http404
    return render(request, template, status=404)


def moment(request):
    """Context processor: every template may read ``moment``."""
    return {"moment": getattr(request, "moment", None)}
