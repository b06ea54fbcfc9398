"""The public addresses of news and standing pages."""

from django.urls import path

from newsroom.feeds import news_feed
from newsroom.views import pages as page_views
from newsroom.views import public

urlpatterns = [
    path("", public.news_list, name="list"),
    path("feed/", news_feed, name="feed"),
    path("<slug:slug>/", public.news_detail, name="detail"),
]

pages = [
    path("", page_views.page_list, name="list"),
    path("<slug:slug>/", page_views.page_detail, name="detail"),
]
