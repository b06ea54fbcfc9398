"""The public addresses of programmes and goals."""

from django.urls import path

from programmes.views.goals import goals as goals_page
from programmes.views.programmes import programme_detail, programme_list
from programmes.views.status import programme_updates

urlpatterns = [
    path("", programme_list, name="list"),
    path("<slug:slug>/", programme_detail, name="detail"),
    path("<slug:slug>/updates/", programme_updates, name="updates"),
]

goals = [path("", goals_page, name="goals")]
