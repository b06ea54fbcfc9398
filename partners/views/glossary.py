"""The public page of the glossary."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from bhcp_portal.kit.addresses import note_old_slugs
from partners import presenters
from partners.models import TermMeaning


@public
@require_safe
def glossary(request):
    at = request.moment.at
    meanings = list(TermMeaning.objects.live(at).with_sources(at).select_related("term"))
    note_old_slugs(meaning.term for meaning in meanings)
    return render(request, "partners/glossary.html", {"letters": presenters.by_letter(meanings)})
