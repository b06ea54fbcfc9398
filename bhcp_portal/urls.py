"""Every address of the portal (CONTRACT 2)."""

from django.urls import include, path

import engagement.urls.public
import engagement.urls.staff
import iccs.urls.public
import partners.urls.public
import partners.urls.staff
import programmes.urls.public
import programmes.urls.staff
from bhcp_portal import views

staff = [
    path("", views.staff_home, name="home"),
    *programmes.urls.staff.urlpatterns,
    *engagement.urls.staff.urlpatterns,
    *partners.urls.staff.urlpatterns,
]

urlpatterns = [
    path("", views.home, name="home"),
    path("programmes/", include((programmes.urls.public.urlpatterns, "programmes"))),
    path("iccs/", include((iccs.urls.public.urlpatterns, "iccs"))),
    path("partners/", include((partners.urls.public.urlpatterns, "partners"))),
    path("news/", include((engagement.urls.public.urlpatterns, "news"))),
    path("staff/", include((staff, "staff"))),
]
