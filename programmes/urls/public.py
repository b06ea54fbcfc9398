"""The public addresses of programmes and goals."""

from django.urls import path

from programmes.views import public

urlpatterns = [
    path("", public.programme_list, name="list"),
    path("<slug:slug>/", public.programme_detail, name="detail"),
    path("<slug:slug>/updates/", public.programme_updates, name="updates"),
]

goals = [path("", public.goals, name="goals")]
