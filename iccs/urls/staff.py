"""The staff addresses of the communities, below /staff/."""

from django.urls import path

from iccs.views import staff

urlpatterns = [
    path("record/communities/merge/", staff.community_merge, name="community_merge"),
    path("record/communities/split/", staff.community_split, name="community_split"),
    path("record/communities/left-behind/<int:pk>/", staff.community_left, name="community_left"),
]
