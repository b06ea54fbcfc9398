"""Pages that draw on several apps."""

from django.http import HttpResponse

from bhcp_portal.kit.access import public, staff_only


@public
def home(request):
    return HttpResponse("Better Care Together")


@staff_only()
def staff_home(request):
    return HttpResponse("Staff")
