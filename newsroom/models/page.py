"""Standing pages: words that stand until they change, and are read again by a day."""

from datetime import date

from django.db import models
from django.db.models import F, Func
from django.db.models.lookups import LessThanOrEqual

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.markdown import MOST_BYTES, validate_markdown
from bhcp_portal.kit.statements import Statement, one_live
from bhcp_portal.kit.things import Thing
from partners.roles import KEEP_RECORD


@tracked()
class StandingPage(Thing):
    """A page whose words staff keep. They are in its versions."""

    PROFILES = "versions"
    NAME_FIELD = "title"
    PAGE = "pages:detail"

    class Meta(Thing.Meta):
        pass

    def get_absolute_url(self):
        return self.page_of(self.slug)


@tracked()
@kind(
    "Page",
    "Pages",
    thing="page",
    words="title",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
    listed_under="Sources, pages and words",
)
class PageVersion(Statement):
    """The words of a standing page, and by when somebody reads them again.

    Who read them and found nothing to change says so by a version with a later day.
    """

    identity_fields = ("page",)

    page = models.ForeignKey(StandingPage, models.PROTECT, related_name="versions")
    title = models.CharField(max_length=100)
    body = models.TextField(validators=[validate_markdown])
    review_on = models.DateField("to be read again by")
    responsible = models.CharField("who is responsible", max_length=150)

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("page"),
            models.CheckConstraint(
                name="newsroom_pageversion_body_fits",
                condition=LessThanOrEqual(
                    Func(F("body"), function="octet_length", output_field=models.IntegerField()),
                    MOST_BYTES,
                ),
                violation_error_message="The text is too long for one page. Make it two pages.",
            ),
        ]

    def get_absolute_url(self):
        return self.page.get_absolute_url()

    @property
    def checked_on(self) -> date:
        """The day on which somebody last read it: when it came on the record here."""
        return london_day(self.recorded_at)

    @property
    def parts(self) -> list[str]:
        """The headings of its parts, in their order."""
        lines = (line.strip() for line in self.body.splitlines())
        return [line.removeprefix("## ") for line in lines if line.startswith("## ")]

    def is_overdue(self, day: date) -> bool:
        """Whether the day by which it was to be read again has passed."""
        return day > self.review_on
