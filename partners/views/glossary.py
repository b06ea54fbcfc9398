"""The public page of the glossary."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from partners import presenters
from partners.models import TermMeaning


@public
@require_safe
def glossary(request):
    at = request.moment.at
    meanings = TermMeaning.objects.live(at).with_sources(at).select_related("term")
    return render(request, "partners/glossary.html", {"letters": presenters.by_letter(meanings)})
