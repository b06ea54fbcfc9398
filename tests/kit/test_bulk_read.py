"""Rows of several models, read in one query."""

from datetime import date
from decimal import Decimal

import pytest

from bhcp_portal.kit.bulk_read import bulk_read
from iccs.models import IccProfile
from metrics.models import MetricProfile, Reading
from tests.factories.iccs import icc
from tests.factories.metrics import metric, reading

pytestmark = pytest.mark.django_db


def test_rows_of_several_models_come_in_one_query_just_as_they_are(django_assert_num_queries):
    made = metric("waits", baseline_value=Decimal("1.5"), baseline_period=date(2024, 1, 1))
    reading(made, Decimal("123456789012.345678"))
    icc(
        "KEN",
        other_names=["Kent", "South Lakes"],
        latitude=Decimal("54.328"),
        longitude=Decimal("-2.747"),
    )
    kinds = (MetricProfile, Reading, IccProfile)
    with django_assert_num_queries(1):
        found = bulk_read(*(model.objects.all() for model in kinds))
    for model in kinds:
        [row], kept = found[model], model.objects.get()
        assert {f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields} == {
            f.attname: getattr(kept, f.attname) for f in model._meta.concrete_fields
        }


def test_a_model_that_nothing_is_asked_of_has_no_rows():
    metric("waits")
    assert bulk_read(MetricProfile.objects.all(), Reading.objects.none())[Reading] == []
    assert bulk_read(MetricProfile.objects.none()) == {MetricProfile: []}
