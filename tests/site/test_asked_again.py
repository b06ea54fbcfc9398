"""Nothing that was typed is lost where the code is asked for once more before a form counts (BEHAVIOUR K)."""

import re
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from tests.addresses import STAFF, walked
from tests.factories.partners import code_now
from tests.site.content import client_of, somebody
from tests.site.examples import paths

KEPT = "Words that were typed"
TEXT_FIELD = re.compile(
    r'<(?:textarea|input)(?=[^>]*name="(\w+)")(?![^>]*type="(?:hidden|radio|checkbox|file)")'
)
POST_FORM = re.compile(r'<form(?=[^>]*method="post")([^>]*)>')
ASKED_AGAIN = [each for each in walked(STAFF) if getattr(each.view, "is_recently_confirmed", False)]


def actions_of(page):
    forms = POST_FORM.findall(page)
    found = [re.search(r'action="([^"]*)"', attributes) for attributes in forms]
    return [action[1] if action else None for action in found]


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("address", ASKED_AGAIN, ids=str)
def test_a_form_that_comes_back_with_errors_keeps_its_address_and_its_words(address):
    path = paths(address)[0]
    boss = client_of(somebody("superuser"))
    cache.clear()
    with transaction.atomic():
        page = boss.get(path).content.decode() if address.name else ""
        typed = dict.fromkeys(TEXT_FIELD.findall(page), KEPT)
        session = boss.session
        for record in session["account_authentication_methods"]:
            record["at"] = time.time() - 16 * 60
        session.save()
        asked = boss.post(path, typed)
        assert asked.url.startswith("/staff/confirm/"), asked.url
        answer = boss.post("/staff/confirm/code/", {"code": code_now(), "next": path})
        file = answer.getvalue() if answer.streaming else b""
        transaction.set_rollback(True)
    if answer.status_code == 302:
        assert not answer.url.startswith("/staff/confirm/")
        return
    if file:
        assert answer["Content-Disposition"].startswith("attachment")
        return
    words = answer.content.decode()
    sent_to = [action for action in actions_of(words) if action != "/staff/sign-out/"]
    assert None not in sent_to
    assert not any(action.startswith("/staff/confirm/") for action in sent_to)
    if typed:
        assert path in sent_to
        assert words.count(KEPT) >= len(typed)


def test_every_form_that_posts_says_where_to():
    silent = [
        str(template)
        for template in Path(settings.BASE_DIR, "templates").rglob("*.html")
        if template.parent.name != "nhsuk"
        and None in actions_of(template.read_text().replace("{%", "").replace("%}", ""))
    ]
    assert silent == []
