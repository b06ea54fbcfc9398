"""The public addresses of news."""

from django.urls import path

from engagement.feeds import news_feed
from engagement.views import public

urlpatterns = [
    path("", public.news_list, name="list"),
    path("feed/", news_feed, name="feed"),
    path("<slug:slug>/", public.news_detail, name="detail"),
]
