"""The staff addresses of programmes, status updates, milestones and links to measures, below /staff/."""

from django.urls import path

from programmes.views import endings, metric_links, milestones, programmes, status

urlpatterns = [
    path("programmes/", programmes.programmes, name="programmes"),
    path("programmes/<slug:slug>/", programmes.programme, name="programme"),
    path("programmes/<slug:slug>/end/", endings.programme_end, name="programme_end"),
    path("programmes/<slug:slug>/update/", status.status_add, name="status_add"),
    path("programmes/<slug:slug>/milestone/", milestones.milestone_add, name="milestone_add"),
    path(
        "milestones/proposals/<int:pk>/", milestones.milestone_proposal, name="milestone_proposal"
    ),
    path(
        "milestones/proposals/<int:pk>/take-back/",
        milestones.milestone_take_back,
        name="milestone_take_back",
    ),
    path("milestones/<slug:slug>/", milestones.milestone, name="milestone"),
    path("milestones/<slug:slug>/mend/<int:pk>/", milestones.milestone_mend, name="milestone_mend"),
    path("never-reported/", endings.programmes_never_reported, name="programmes_never_reported"),
    path("never-reported/end/", endings.programmes_end, name="programmes_end"),
    path("updates/<int:pk>/", status.status, name="status"),
    path("updates/<int:pk>/edit/", status.status_edit, name="status_edit"),
    path("updates/<int:pk>/correct/", status.status_correct, name="status_correct"),
    path("updates/<int:pk>/submit/", status.status_submit, name="status_submit"),
    path("updates/<int:pk>/recall/", status.status_recall, name="status_recall"),
    path("updates/<int:pk>/decide/", status.status_decide, name="status_decide"),
    path("updates/<int:pk>/discard/", status.status_discard, name="status_discard"),
    path("metrics/<slug:slug>/links/", metric_links.metric_links, name="metric_links"),
    path(
        "metrics/<slug:slug>/links/<slug:kind>/<int:pk>/",
        metric_links.link_take_back,
        name="link_take_back",
    ),
]
