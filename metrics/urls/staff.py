"""The staff addresses of measures and their readings, below /staff/."""

from django.urls import path

from metrics.views import cards, imports, questions, series

urlpatterns = [
    path("metrics/", cards.metrics, name="metrics"),
    path("metrics/add/", cards.metric_add, name="metric_add"),
    path("metrics/<slug:slug>/", cards.metric, name="metric"),
    path("metrics/<slug:slug>/card/", cards.metric_card, name="metric_card"),
    path("metrics/<slug:slug>/check/", cards.metric_check, name="metric_check"),
    path("metrics/<slug:slug>/target/", series.metric_target, name="metric_target"),
    path("metrics/<slug:slug>/re-base/", series.metric_rebase, name="metric_rebase"),
    path("metrics/<slug:slug>/note/", series.metric_note, name="metric_note"),
    path("metrics/proposals/<slug:kind>/<int:pk>/", series.metric_proposal, name="metric_proposal"),
    path("metrics/<slug:slug>/reading/", imports.readings_add, name="readings_add"),
    path("metrics/<slug:slug>/template/", imports.readings_template, name="readings_template"),
    path("figure-questions/", questions.figure_questions, name="figure_questions"),
    path(
        "figure-questions/<int:pk>/answered/",
        questions.figure_question_answered,
        name="figure_question_answered",
    ),
    path("readings/", imports.readings, name="readings"),
    path("readings/send/", imports.readings_send, name="readings_send"),
    path("readings/<int:pk>/", imports.readings_batch, name="readings_batch"),
    path("readings/<int:pk>/confirm/", imports.readings_confirm, name="readings_confirm"),
    path("readings/<int:pk>/discard/", imports.readings_discard, name="readings_discard"),
    path("readings/<int:pk>/undo/", imports.readings_undo, name="readings_undo"),
    path("readings/<int:pk>/review/", imports.readings_review, name="readings_review"),
    path("readings/<int:pk>/errors/", imports.readings_errors, name="readings_errors"),
]
