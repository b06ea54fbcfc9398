"""The addresses of the editor, below /staff/."""

from django.urls import path

from bhcp_portal.kit.editor.views import (
    addresses,
    deciding,
    files,
    finding,
    proposals,
    taking_back,
    writing,
)

urlpatterns = [
    path("record/", finding.record_home, name="record"),
    path("record/of/<str:model>/<slug:slug>/", finding.record_thing, name="record_thing"),
    path(
        "record/of/<str:model>/<slug:slug>/address/",
        addresses.record_address,
        name="record_address",
    ),
    path("record/of/<str:model>/<slug:slug>/code/", addresses.record_code, name="record_code"),
    path(
        "record/of/<str:model>/<slug:slug>/history/", finding.record_history, name="record_history"
    ),
    path("record/begin/<slug:name>/", writing.record_begin, name="record_begin"),
    path("record/proposals/<int:pk>/", proposals.proposal, name="proposal"),
    path("record/proposals/<int:pk>/edit/", writing.proposal_edit, name="proposal_edit"),
    path(
        "record/proposals/<int:pk>/edit/<int:number>/", writing.proposal_edit, name="proposal_row"
    ),
    path("record/proposals/<int:pk>/file/", files.proposal_file, name="proposal_file"),
    path("record/proposals/<int:pk>/preview/", proposals.proposal_preview, name="proposal_preview"),
    path("record/in/<str:kind>/", finding.record_kind, name="record_kind"),
    path(
        "record/in/<str:kind>/taken-back/<int:pk>/",
        taking_back.proposal_review,
        name="proposal_review",
    ),
    path("record/in/<str:kind>/decide/", deciding.record_decide, name="record_decide"),
    path(
        "record/in/<str:kind>/published/<int:pk>/take-back/",
        taking_back.proposal_take_back,
        name="proposal_take_back",
    ),
    path("record/in/<str:kind>/file/", files.record_file, name="record_file"),
    path("record/in/<str:kind>/template/", files.record_template, name="record_template"),
    path("record/in/<str:kind>/add/", writing.record_add, name="record_add"),
    path("record/in/<str:kind>/<int:pk>/", finding.record_row, name="record_row"),
    path("record/in/<str:kind>/<int:pk>/correct/", writing.record_correct, name="record_correct"),
    path("record/in/<str:kind>/<int:pk>/end/", writing.record_end, name="record_end"),
    path(
        "record/in/<str:kind>/<int:pk>/take-back/",
        taking_back.record_take_back,
        name="record_take_back",
    ),
]
