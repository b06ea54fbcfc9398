"""The staff addresses of programmes, status updates, milestones, metrics and readings."""

from django.urls import path

from programmes.views import cards, readings, staff

urlpatterns = [
    path("programmes/", staff.programmes, name="programmes"),
    path("programmes/<slug:slug>/", staff.programme, name="programme"),
    path("programmes/<slug:slug>/update/", staff.status_add, name="status_add"),
    path("programmes/<slug:slug>/milestone/", staff.milestone_add, name="milestone_add"),
    path("milestones/<slug:slug>/", staff.milestone, name="milestone"),
    path("updates/<int:pk>/", staff.status, name="status"),
    path("updates/<int:pk>/edit/", staff.status_edit, name="status_edit"),
    path("updates/<int:pk>/correct/", staff.status_correct, name="status_correct"),
    path("updates/<int:pk>/submit/", staff.status_submit, name="status_submit"),
    path("updates/<int:pk>/decide/", staff.status_decide, name="status_decide"),
    path("updates/<int:pk>/discard/", staff.status_discard, name="status_discard"),
    path("metrics/", cards.metrics, name="metrics"),
    path("metrics/add/", cards.metric_add, name="metric_add"),
    path("metrics/<slug:slug>/", cards.metric, name="metric"),
    path("metrics/<slug:slug>/card/", cards.metric_card, name="metric_card"),
    path("metrics/<slug:slug>/check/", cards.metric_check, name="metric_check"),
    path("metrics/<slug:slug>/target/", cards.metric_target, name="metric_target"),
    path("metrics/<slug:slug>/re-base/", cards.metric_rebase, name="metric_rebase"),
    path("metrics/<slug:slug>/note/", cards.metric_note, name="metric_note"),
    path("metrics/<slug:slug>/links/", cards.metric_links, name="metric_links"),
    path(
        "metrics/<slug:slug>/links/<slug:kind>/<int:pk>/",
        cards.link_take_back,
        name="link_take_back",
    ),
    path("re-bases/<int:pk>/", cards.rebase_decide, name="rebase_decide"),
    path("metrics/<slug:slug>/reading/", readings.readings_add, name="readings_add"),
    path("metrics/<slug:slug>/template/", readings.readings_template, name="readings_template"),
    path("readings/", readings.readings, name="readings"),
    path("readings/send/", readings.readings_send, name="readings_send"),
    path("readings/<int:pk>/", readings.readings_batch, name="readings_batch"),
    path("readings/<int:pk>/confirm/", readings.readings_confirm, name="readings_confirm"),
    path("readings/<int:pk>/discard/", readings.readings_discard, name="readings_discard"),
    path("readings/<int:pk>/undo/", readings.readings_undo, name="readings_undo"),
    path("readings/<int:pk>/errors/", readings.readings_errors, name="readings_errors"),
]
