"""The tables of news and of standing pages (CONTRACT 4)."""

from django import forms

from bhcp_portal.kit.markdown import validate_markdown
from bhcp_portal.kit.tables import (
    Column,
    ReferenceField,
    Table,
    day_column,
    list_column,
    reference_column,
    slug_column,
    text_column,
)
from iccs.models import Icc
from newsroom.models import (
    NewsIcc,
    NewsItem,
    NewsPartner,
    NewsProgramme,
    NewsVersion,
    PageVersion,
    StandingPage,
)
from newsroom.models.news import NewsState
from partners.models import Partner
from partners.tables import partner_column
from programmes.models import Programme


class NewsItemTable(Table):
    name = "news_items"
    title = "News items"
    means = "The news, by slug."
    model = NewsItem
    key = ("slug",)
    columns = (slug_column(),)


class NewsVersionTable(Table):
    name = "news_versions"
    title = "Words of news items"
    means = "The words of each item and what it names, every version."
    model = NewsVersion
    key = ("item",)
    extra = ("partners", "programmes", "iccs")
    extra_references = ((Partner, "partners"), (Programme, "programmes"), (Icc, "iccs"))
    columns = (
        reference_column("item", NewsItem, "slug of the item"),
        text_column("title", "the headline", required=True),
        text_column("summary", "the news in a sentence or two", required=True),
        text_column("body", "the text, in Markdown", required=True),
        partner_column("lead_partner", "code of the partner that leads on it", required=False),
        list_column(
            "partners",
            ReferenceField(Partner, by="code"),
            "codes of the partners it names, parted by semicolons",
            of=lambda version: sorted(partner.code for partner in version.partners.all()),
        ),
        list_column(
            "programmes",
            ReferenceField(Programme),
            "slugs of the programmes it names",
            of=lambda version: sorted(programme.slug for programme in version.programmes.all()),
        ),
        list_column(
            "iccs",
            ReferenceField(Icc, by="code"),
            "codes of the communities it names",
            of=lambda version: sorted(icc.code for icc in version.iccs.all()),
        ),
        text_column("update_note", "what changed, for the reader"),
        text_column("withdrawn_because", "why it was withdrawn"),
    )

    def queryset(self):
        return super().queryset().prefetch_related("partners", "programmes", "iccs")

    def save_extra(self, statement, extra):
        for partner in extra["partners"]:
            NewsPartner.objects.create(version=statement, partner=partner)
        for programme in extra["programmes"]:
            NewsProgramme.objects.create(version=statement, programme=programme)
        for icc in extra["iccs"]:
            NewsIcc.objects.create(version=statement, icc=icc)

    def before_publication(self, statement):
        statement.state = NewsState.PUBLISHED


class StandingPageTable(Table):
    name = "standing_pages"
    title = "Standing pages"
    means = "The pages whose words stand until they change, by slug."
    model = StandingPage
    key = ("slug",)
    columns = (text_column("slug", "its name in addresses", required=True),)


class PageVersionTable(Table):
    name = "page_versions"
    title = "Words of standing pages"
    means = "The words of each page, and by when they are to be read again, every version."
    model = PageVersion
    key = ("page",)
    columns = (
        reference_column("page", StandingPage, "slug of the page"),
        text_column("title", "its title", length=100, required=True),
        Column("body", forms.CharField(validators=[validate_markdown]), "the text, in Markdown"),
        day_column("review_on", "the day by which somebody reads it again", required=True),
        text_column("responsible", "who is responsible for it", length=150, required=True),
    )


TABLES = (NewsItemTable(), NewsVersionTable(), StandingPageTable(), PageVersionTable())
