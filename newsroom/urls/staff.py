"""The staff addresses of news, below /staff/."""

from django.urls import path

from newsroom.views import staff

urlpatterns = [
    path("news/", staff.news_list, name="news"),
    path("news/add/", staff.news_add, name="news_add"),
    path("news/item/<slug:slug>/", staff.news_item, name="news_item"),
    path("news/item/<slug:slug>/edit/", staff.news_edit, name="news_edit"),
    path("news/item/<slug:slug>/revise/", staff.news_revise, name="news_revise"),
    path("news/item/<slug:slug>/submit/", staff.news_submit, name="news_submit"),
    path("news/item/<slug:slug>/recall/", staff.news_recall, name="news_recall"),
    path("news/item/<slug:slug>/decide/", staff.news_decide, name="news_decide"),
    path("news/item/<slug:slug>/publish/", staff.news_publish, name="news_publish"),
    path("news/item/<slug:slug>/withdraw/", staff.news_withdraw, name="news_withdraw"),
    path("news/item/<slug:slug>/review/", staff.news_review, name="news_review"),
]
