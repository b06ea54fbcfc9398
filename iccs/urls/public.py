"""The public addresses of the communities."""

from django.urls import path

from iccs.views import public

urlpatterns = [
    path("", public.icc_list, name="list"),
    path("find/", public.icc_find, name="find"),
    path("<slug:slug>/", public.icc_detail, name="detail"),
]
