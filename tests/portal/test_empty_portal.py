"""A portal without any record (FIRST_DATA=none): every page answers, and none names the Bay's record."""

import csv
import re
from html import unescape
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partners.models import PartnershipName, site_name
from partners.roles import PERMISSIONS, Role
from tests.addresses import DOOR, PUBLIC, STAFF, walked
from tests.factories.kit import on_record
from tests.factories.partners import person, signed_in
from tests.site.test_markup import html_validate

FIRST_DATA = settings.BASE_DIR / "bhcp_portal" / "first_data"
# What the first data name, by table and column.
NAMED = {
    "partner_names": ("name", "short_name"),
    "partnership_names": ("name",),
    "icc_profiles": ("name",),
    "icc_places": ("name",),
    "icc_practices": ("name",),
    "network_profiles": ("name",),
    "programme_profiles": ("name",),
    "goal_profiles": ("name",),
}
OTHERS = ("Morecambe", "the bay", "whole bay", "Lancashire", "Cumbria", "RTX", "0 of 0")
# Words of any such portal, which are names in the first data too. NHS England, who sets the rules
# of charts, is a partner there.
OF_ANY = {
    "nhs england",
    "nhse",
    "nhs",
    "communications",
    "workforce",
    "finance",
    "digital",
    "estates",
}
# Addresses that no reader reads.
UNSEEN = re.compile(r'\b(?:class|id|href|src|for|name|action|data-[a-z-]+|aria-[a-z]+by)="[^"]*"')


def words_of_the_record():
    found = set(OTHERS)
    for table, columns in NAMED.items():
        with (FIRST_DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            found |= {row[column] for row in csv.DictReader(file) for column in columns}
    words = {re.sub(r"\s+", " ", word).strip().casefold() for word in found}
    return sorted(word for word in words - OF_ANY if len(word) > 2)


def texts_of(answer):
    """What a person or a program reads in an answer, a text each."""
    if answer.get("Content-Type") == "application/zip":
        with ZipFile(BytesIO(answer.getvalue())) as file:
            return [file.read(name).decode() for name in file.namelist()]
    text = answer.getvalue().decode()
    return [re.sub(r"\s+", " ", unescape(UNSEEN.sub("", text)))]


def everybody():
    """A stranger, and somebody in each role, each with the addresses that they come to."""
    yield "a stranger", Client(), [*walked(PUBLIC), *walked(DOOR)]
    for role in Role:
        may = PERMISSIONS[role]
        addresses = [a for a in walked(STAFF) if not a.view.permission or a.view.permission in may]
        yield (
            role.label,
            signed_in(Client(), person(f"{role}@example.org", roles=[role])),
            addresses,
        )


@pytest.mark.django_db
def test_a_portal_without_any_record_answers_everywhere_and_names_no_other(tmp_path):
    named = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in words_of_the_record()))
    site_name.keep()
    failed, found, pages = [], {}, {}
    for who, client, addresses in everybody():
        for address in addresses:
            with transaction.atomic():
                answer = client.get(address.path)
            expected = {200, 302, 404, 405} if address.variables else {200, 302, 405}
            if answer.status_code not in expected and address.name != "security_txt":
                failed.append((who, address.path, answer.status_code))
            for text in texts_of(answer):
                for word in set(named.findall(text.casefold())):
                    found.setdefault(word, f"{address.path} as {who}")
            if answer.get("Content-Type", "").startswith("text/html"):
                pages.setdefault(
                    (address.path, re.sub('value="[^"]{64}"', "", answer.text)), answer
                )
    assert failed == []
    assert found == {}
    for number, (path, _) in enumerate(pages):
        (tmp_path / f"{number}.html").write_text(pages[path, _].text)
    assert len(pages) > 80
    wrong = {
        fault: list(pages)[int(file.rsplit("/")[-1].split(".")[0])][0]
        for file, fault in html_validate(tmp_path)
    }
    assert wrong == {}


@pytest.mark.django_db
def test_a_past_day_of_an_empty_portal_is_read_with_few_queries():
    site_name.keep()
    client, many = Client(), {}
    for address in walked(PUBLIC):
        if not address.variables and not address.path.endswith(".zip"):
            with CaptureQueriesContext(connection) as asked:
                client.get(address.path, {"as-at": "2019-03-03"})
            if len(asked) > 12:
                many[address.path] = len(asked)
    assert many == {}


@pytest.mark.django_db
def test_the_portal_is_called_what_the_newest_names_of_its_record_say():
    def called(name, published, **fields):
        on_record(PartnershipName, name=name, used="Today", published_as=published, **fields)
        return site_name().partnership, site_name().portal, site_name().name

    assert called("Dale Partners", "2015") == ("Dale Partners", "", "Dale Partners")
    place = PartnershipName.Place
    named = called("Closer to home", "2016", heads_pages_as=place.PORTAL)
    assert named == ("Dale Partners", "Closer to home", "Closer to home")
    named = called("Partners of the Dale", "2014", heads_pages_as=place.PARTNERSHIP)
    assert named == ("Partners of the Dale", "Closer to home", "Closer to home")
    html = Client().get("/").text
    assert "<title>Closer to home – Partners of the Dale</title>" in html
