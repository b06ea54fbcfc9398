"""Every address of the portal (CONTRACT 2)."""

from django.contrib import admin
from django.urls import include, path

import bhcp_portal.kit.editor.urls
import iccs.urls.public
import iccs.urls.staff
import metrics.urls.public
import metrics.urls.staff
import newsroom.urls.public
import newsroom.urls.staff
import partners.urls.public
import partners.urls.staff
import programmes.urls.public
import programmes.urls.staff
from bhcp_portal import about, api, open_data, source_pages, views
from bhcp_portal.feeds import changes_feed
from bhcp_portal.have_your_say import figure_question
from bhcp_portal.staff_home import staff_home
from bhcp_portal.staff_jobs import job_list, task_decide
from bhcp_portal.style_guide import style_guide
from bhcp_portal.who_may import who_may

handler400 = "bhcp_portal.kit.http.bad_request"
handler404 = "bhcp_portal.views.not_found"

sources = [
    path("", source_pages.source_list, name="list"),
    path("<slug:slug>/", source_pages.source_detail, name="detail"),
]

staff = [
    path("", staff_home, name="home"),
    path("style-guide/", style_guide, name="style_guide"),
    path("who-may-do-what/", who_may, name="who_may"),
    path("jobs/", job_list, name="jobs"),
    path("jobs/<uuid:pk>/decide/", task_decide, name="task_decide"),
    *bhcp_portal.kit.editor.urls.urlpatterns,
    *iccs.urls.staff.urlpatterns,
    *programmes.urls.staff.urlpatterns,
    *metrics.urls.staff.urlpatterns,
    *newsroom.urls.staff.urlpatterns,
    *partners.urls.staff.urlpatterns,
]

urlpatterns = [
    path("", views.home, name="home"),
    path("programmes/", include((programmes.urls.public.urlpatterns, "programmes"))),
    path("metrics/", include((metrics.urls.public.urlpatterns, "metrics"))),
    path("freshness/", include(metrics.urls.public.freshness)),
    path("goals/", include(programmes.urls.public.goals)),
    path("iccs/", include((iccs.urls.public.urlpatterns, "iccs"))),
    path("partners/", include((partners.urls.public.urlpatterns, "partners"))),
    path("news/", include((newsroom.urls.public.urlpatterns, "news"))),
    path("have-your-say/figure/", figure_question, name="figure_question"),
    path("glossary/", include(partners.urls.public.glossary)),
    path("pages/", include((newsroom.urls.public.pages, "pages"))),
    path("changes/", views.changes, name="changes"),
    path("changes/changes.csv", views.changes_csv, name="changes_csv"),
    path("changes/feed/", changes_feed, name="changes_feed"),
    path("sources/", include((sources, "sources"))),
    path("open-data/", open_data.open_data, name="open_data"),
    path("open-data/portal.zip", open_data.portal_zip, name="portal_zip"),
    path("open-data/<slug:name>.csv", open_data.table_csv, name="table_csv"),
    path("api/v1/", include((api.urlpatterns, "api"))),
    path("about/", about.about, name="about"),
    path("about/names/", about.names, name="about_names"),
    path("about/money/", about.money, name="about_money"),
    path("about/figures/", about.figures, name="about_figures"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("contact/", views.contact, name="contact"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("health/live", views.health_live, name="health_live"),
    path("health/ready", views.health_ready, name="health_ready"),
    path("staff/", include("partners.urls.sign_in")),
    path("staff/", include((staff, "staff"))),
    path("admin/", admin.site.urls),
]
