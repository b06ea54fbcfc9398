"""The public addresses of the partners and the glossary."""

from django.urls import path

from partners.views import public
from partners.views.glossary import glossary as glossary_page

urlpatterns = [
    path("", public.partner_list, name="list"),
    path("<slug:slug>/", public.partner_detail, name="detail"),
]

glossary = [path("", glossary_page, name="glossary")]
