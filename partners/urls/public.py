"""The public addresses of the partners."""

from django.urls import path

from partners.views import public

urlpatterns = [
    path("", public.partner_list, name="list"),
    path("<slug:slug>/", public.partner_detail, name="detail"),
]
