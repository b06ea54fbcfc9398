"""“Something wrong with this figure?”: the form that takes it to whoever is responsible for the figure."""

from dataclasses import dataclass
from datetime import UTC

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from bhcp_portal.kit import throttling
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.http import wait_page
from bhcp_portal.kit.open_forms import open_form
from metrics import actions
from metrics.forms.questions import FigureQuestionForm
from metrics.models import WORDS_KEPT
from metrics.presenters.page import in_scope, series_of
from metrics.verdict import verdicts
from partners.adapters import address_of
from partners.models import Partner
from programmes.models import Figure, ProgrammePartner

MOST_CHOICES = 12
TOO_MANY = "You sent several questions in a short time. What you wrote now was not sent."


@dataclass(frozen=True, slots=True)
class AskedFigure:
    """A figure that a reader asks about: how it reads, its page, and the partner responsible for it."""

    about: str
    figure: str
    page: str
    owner: Partner | None


@open_form(takes=("of", "sent"))
def figure_question(request):
    """Says what happens to a question, takes it, and says that it was sent; of several figures asks which."""
    moment, of, now = request.moment, request.GET.get("of", ""), Present.now(UTC)
    if not of:
        return render(request, "have_your_say/figure_none.html")
    choices = [found for name in _names(of) if (found := _asked_figure(name, moment))]
    if not choices:
        raise Http404
    if len(choices) > 1:
        return render(request, "have_your_say/figure_which.html", {"choices": choices})
    [asked] = choices
    form = FigureQuestionForm(request.POST if request.method == "POST" else None, at=now)
    context = {"asked": asked, "form": form, "kept_days": WORDS_KEPT.days}
    if request.method != "POST":
        context["is_sent"] = "sent" in request.GET
        return render(request, "have_your_say/figure.html", context)
    if not form.is_valid():
        return render(request, "have_your_say/figure.html", context)
    if not form.is_of_a_robot:
        wait = throttling.begin_attempt(f"open form {address_of(request)}", at=now)
        if wait:
            return wait_page(request, wait, TOO_MANY)
        actions.ask_about_figure(
            about=asked.about,
            figure=asked.figure,
            page=asked.page,
            owner=asked.owner,
            **form.arguments,
        )
    return redirect(f"{reverse('figure_question')}?{urlencode({'of': of, 'sent': 1})}")


def _names(of):
    """The figures that an address names, each once: one, or several to choose from."""
    return list(dict.fromkeys(of.split(",")))[:MOST_CHOICES]


def _asked_figure(of, moment):
    """The figure that an address names: ``metric:<slug>:<scope>`` or ``figure:<code>``."""
    kind, _, name = of.replace("\x00", "").partition(":")
    if kind == "metric":
        return _measure(*name.partition(":")[::2], moment)
    return _reported(name, moment) if kind == "figure" else None


def _measure(slug, scope, moment):
    series = in_scope(series_of(slug, moment.at), scope)
    found = verdicts([series], at=moment.at, day=moment.today, with_sources=False) if series else []
    if not found:
        return None
    [verdict] = found
    latest = verdict.latest
    words = f"{verdict.profile.name}, {verdict.scope_name}"
    return AskedFigure(
        f"metric:{slug}:{verdict.scope}",
        f"{words}: {latest.text}, {latest.words}" if latest else words,
        f"{verdict.metric.get_absolute_url()}?scope={verdict.scope}",
        verdict.profile.owner,
    )


def _reported(code, moment):
    figures = Figure.objects.live(moment.at).select_related("programme", "icc")
    figure = figures.filter(code=code).first()
    if figure is None:
        return None
    lead = None
    if figure.programme_id:
        leads = ProgrammePartner.objects.leads(moment.at).filter(programme=figure.programme_id)
        lead = leads.values_list("partner", flat=True).first()
    thing = figure.programme or figure.icc
    when = f", {figure.period}" if figure.period else ""
    return AskedFigure(
        f"figure:{code}",
        f"{figure.value_words}: {figure.counts}{when}",
        thing.get_absolute_url() if thing else reverse("about"),
        lead and Partner.objects.with_name(moment.at, moment.today).get(pk=lead),
    )
