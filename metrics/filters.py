"""What a reader may choose from the list of measures."""

from bhcp_portal.kit.filters import Filters, ThingField, WordField, WordsField
from bhcp_portal.kit.kinds import field_at
from metrics.models import Metric, MetricProfile
from metrics.presenters.list import Order, Variation
from metrics.verdict import Trend
from partners.models import Partner


class MetricFilters(Filters):
    """The filters of the list of measures, and its order; six queries for their choices."""

    q = WordsField(label="Search", required=False)
    trend = WordField(Trend.choices, label="Change")
    variation = WordField(Variation.choices, label="National icon")
    state = WordField(MetricProfile.State.choices, label="State")
    sort = WordField(Order.choices, label="Order")

    @property
    def order(self):
        return self.chosen().get("sort", Order.NAME)

    def __init__(self, asked, *, at, day):
        super().__init__(asked)
        self.fields["sort"].items = Order.choices
        for name in ("goal", "programme"):
            # Goals and programmes are in an app above this one, so they are reached by relations.
            things = field_at(Metric, f"{name}_links__{name}").related_model.objects
            named = ((thing, thing.profile.name) for thing in things.known_at(at).with_profile(at))
            self.fields[name] = ThingField(named, label=name.capitalize())
        partners = Partner.objects.known_at(at).with_name(at, day)
        self.fields["partner"] = ThingField(
            ((partner, partner.name) for partner in partners), label="Partner"
        )
