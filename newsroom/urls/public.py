"""The public addresses of news."""

from django.urls import path

from newsroom.feeds import news_feed
from newsroom.views import public

urlpatterns = [
    path("", public.news_list, name="list"),
    path("feed/", news_feed, name="feed"),
    path("<slug:slug>/", public.news_detail, name="detail"),
]
