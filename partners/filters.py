"""The filters of the public list of sources."""

from bhcp_portal.kit.filters import Filters, WordField, WordsField
from bhcp_portal.kit.sources import Source
from partners.models import SourceProfile


class SourceFilters(Filters):
    """The filters of the list of sources, read from the query string.

    One query reads the years of which there are sources at a moment.
    """

    q = WordsField(label="Search", required=False)
    kind = WordField(Source.Kind.choices, label="Kind")

    def __init__(self, asked, *, at):
        super().__init__(asked)
        years = sorted(SourceProfile.objects.live(at).years(), reverse=True)
        self.fields["year"] = WordField([(str(year), str(year)) for year in years], label="Year")
