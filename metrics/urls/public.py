"""The public addresses of measures."""

from django.urls import path

from metrics.views import public

urlpatterns = [
    path("", public.metric_list, name="list"),
    path("<slug:slug>/", public.metric_detail, name="detail"),
    path("<slug:slug>/readings.csv", public.readings_csv, name="readings_csv"),
    path("<slug:slug>/chart.svg", public.chart_svg, name="chart_svg"),
]

freshness = [path("", public.freshness, name="freshness")]
