"""Partners, people with roles, and people who are signed in.

editor = person(roles=[(Role.PROGRAMME_EDITOR, hospitals)])
page = signed_in(client, editor).get("/staff/")

browser_signed_in(page.context, live_server.url, editor)
page.goto(live_server.url + "/staff/")
"""

import time
from datetime import date
from itertools import count
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.test import Client

from bhcp_portal.kit.dates import span
from partners.encryption import encrypt
from partners.models import (
    Membership,
    Partner,
    PartnerCount,
    PartnerName,
    PartnerProfile,
    PartnerSite,
    RoleGrant,
    Succession,
    User,
)
from tests.factories.kit import on_record as put_on_record

PASSWORD = "correct-horse-battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LONG_AGO = date(2015, 1, 1)

_numbers = count(1)


def partner(code=None, name=None, *, slug=None, **fields):
    """A partner with a name that was said in 2015; each call gives another one."""
    code = code or f"P{next(_numbers)}"
    made = Partner.objects.create(code=code, slug=slug or code.lower())
    fields = {"name": name or f"Partner {code}", "published_as": "2015", **fields}
    put_on_record(PartnerName, partner=made, **fields)
    return made


def profiled(partner, *, published="2015", kind=PartnerProfile.Kind.ACUTE, **fields):
    """What kind of body a partner is: from then on it has a page."""
    return put_on_record(
        PartnerProfile, partner=partner, kind=kind, published_as=published, **fields
    )


def called(partner, name, *, begins="", published="2015", **fields):
    """A name of a partner, from a day written as a source writes it."""
    fields |= {"valid_from_as": begins, "valid_from_on": span(begins).last if begins else None}
    return put_on_record(PartnerName, partner=partner, name=name, published_as=published, **fields)


def member(partner, *, joined="2015-03-10", left="", published="2015-03-10", **fields):
    """That a partner belonged, between days written as a source writes them."""
    fields |= {"joined_as": joined, "joined_on": span(joined).last}
    fields |= {"left_as": left, "left_on": span(left).last if left else None}
    return put_on_record(Membership, partner=partner, published_as=published, **fields)


def site(partner, name, *, published="2015", **fields):
    """A hospital of a partner."""
    fields = {"kind": PartnerSite.Kind.HOSPITAL} | fields
    return put_on_record(PartnerSite, partner=partner, name=name, published_as=published, **fields)


def became(partner, words, *, when="", published="2019", **fields):
    """What became of a partner."""
    fields |= {"happened_as": when, "happened_on": span(when).last if when else None}
    return put_on_record(Succession, partner=partner, words=words, published_as=published, **fields)


def stated(number, *, published, says="It speaks of so many.", **fields):
    """How many partners a source says there are."""
    return put_on_record(PartnerCount, number=number, says=says, published_as=published, **fields)


def person(email=None, *, roles=(), second_factor=True, password=PASSWORD, **fields):
    """A person with an account: ``roles`` are roles, or pairs of a role and a partner (``None``: all)."""
    email = email or f"person-{next(_numbers)}@example.org"
    fields.setdefault("name", email.partition("@")[0].replace("-", " ").replace(".", " ").title())
    made = User.objects.create_user(email, password=password, **fields)
    for role in roles:
        role, held_for = role if isinstance(role, tuple | list) else (role, None)
        give(made, role, held_for)
    if second_factor:
        Authenticator.objects.create(
            user=made, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)}
        )
    return made


def give(person, role, held_for=None, *, starts_on=LONG_AGO, ends_on=None):
    """A role, in force unless its dates say otherwise."""
    return RoleGrant.objects.create(
        person=person, role=role, partner=held_for, starts_on=starts_on, ends_on=ends_on
    )


def code_now(secret=SECRET):
    """What the person's app shows at this moment."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def signed_in(client, person, *, confirmed_ago=0):
    """The client as that person, who gave password and second factor so many seconds ago."""
    client.force_login(person)
    at = time.time() - confirmed_ago
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": at, "email": person.email},
        {"method": "mfa", "at": at, "type": "totp"},
    ]
    session["account_authentication_methods_user"] = str(person.pk)
    session["signed_in_at"] = session["seen_at"] = int(time.time())
    session.save()
    return client


def browser_signed_in(context, address, person, *, confirmed_ago=0):
    """The same for a browser's context of Playwright, at the address of a live server."""
    client = signed_in(Client(), person, confirmed_ago=confirmed_ago)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [
            {
                "name": name,
                "value": client.cookies[name].value,
                "domain": urlsplit(address).hostname,
                "path": "/",
                "httpOnly": True,
            }
        ]
    )
    return context
