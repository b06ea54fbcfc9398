"""The addresses of the editor, below /staff/."""

from django.urls import path

from bhcp_portal.kit.editor import views

urlpatterns = [
    path("record/", views.record_home, name="record"),
    path("record/of/<str:model>/<slug:slug>/", views.record_thing, name="record_thing"),
    path("record/proposals/<int:pk>/", views.proposal, name="proposal"),
    path("record/proposals/<int:pk>/edit/", views.proposal_edit, name="proposal_edit"),
    path("record/proposals/<int:pk>/preview/", views.proposal_preview, name="proposal_preview"),
    path("record/in/<str:kind>/", views.record_kind, name="record_kind"),
    path(
        "record/in/<str:kind>/taken-back/<int:pk>/", views.proposal_review, name="proposal_review"
    ),
    path("record/in/<str:kind>/add/", views.record_add, name="record_add"),
    path("record/in/<str:kind>/<int:pk>/", views.record_row, name="record_row"),
    path("record/in/<str:kind>/<int:pk>/correct/", views.record_correct, name="record_correct"),
    path("record/in/<str:kind>/<int:pk>/end/", views.record_end, name="record_end"),
    path(
        "record/in/<str:kind>/<int:pk>/take-back/", views.record_take_back, name="record_take_back"
    ),
]
