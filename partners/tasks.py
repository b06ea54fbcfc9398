"""Tasks that email people who work here.

Each is safe to run twice: a second email says the same as the first.
"""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from partners.models import Invitation, User, site_name


@task
def send_invitation(invitation_id: int) -> None:
    """Email an invitation; nothing is sent if it can no longer be used."""
    invitation = (
        Invitation.objects.open_at(timezone.now())
        .select_related("person", "invited_by")
        .filter(pk=invitation_id)
        .first()
    )
    if invitation:
        _send(
            invitation.person,
            f"Set up your account: {site_name().name}",
            "invitation",
            link=_address(invitation.get_absolute_url()),
            invited_by=invitation.invited_by,
        )


@task
def send_password_link(person_id: int) -> None:
    """Email a link to set a new password; nothing is sent if the account was closed meanwhile.

    The link is made here and not by the caller, so that it is never stored in the queue.
    """
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        return
    path = reverse(
        "account_reset_password_from_key",
        args=[user_pk_to_url_str(person), default_token_generator.make_token(person)],
    )
    _send(person, "Set a new password", "password_link", link=_address(path))


@task
def send_account_notice(person_id: int, what: str, when: str, reason: str = "") -> None:
    """Email a person what changed in their account.

    ``what``: a sentence without full stop. ``when``: the moment in words.
    """
    person = User.objects.get(pk=person_id)
    _send(person, what, "account_notice", what=what, when=when, reason=reason)


@task
def send_review_notice(person_id: int, what: str) -> None:
    """Email somebody what they are asked in the review of access, or what came of it."""
    person = User.objects.get(pk=person_id)
    _send(person, what, "review_notice", what=what, link=_address(reverse("staff:review")))


def _address(path):
    return settings.SITE_URL + path


def _send(person, subject, template, **context):
    context |= {"person": person, "site": settings.SITE_URL, "contact": settings.CONTACT_EMAIL}
    context["site_name"] = site_name().name
    words = render_to_string(f"partners/email/{template}.txt", context)
    send_mail(subject, words, None, [person.email])
