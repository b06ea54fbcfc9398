"""The page that everybody who works here sees first: what waits for them, from every app."""

from django.http import HttpResponse

from bhcp_portal.kit.access import staff_only


@staff_only()
def staff_home(request):
    return HttpResponse("Staff")
