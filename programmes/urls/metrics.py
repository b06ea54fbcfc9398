"""The public addresses of metrics."""

from django.urls import path

from programmes.views import metrics

urlpatterns = [
    path("", metrics.metric_list, name="list"),
    path("<slug:slug>/", metrics.metric_detail, name="detail"),
    path("<slug:slug>/readings.csv", metrics.readings_csv, name="readings_csv"),
    path("<slug:slug>/chart.svg", metrics.chart_svg, name="chart_svg"),
]

freshness = [path("", metrics.freshness, name="freshness")]
