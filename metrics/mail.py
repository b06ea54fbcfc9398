"""Mail about figures. Safe to run twice: a second email says the same as the first."""

from datetime import UTC

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import task

from bhcp_portal.kit.dates import Present
from metrics.models import FigureQuestion
from partners.models import site_name


@task
def send_figure_question(question_id: int) -> None:
    """Email what a reader wrote about a figure to its owner's mailbox, or else to the portal's.

    Nothing is sent if there is no mailbox, or if it was answered meanwhile.
    """
    question = FigureQuestion.objects.open().filter(pk=question_id).first()
    address = question and (_mailbox(question.owner) or settings.CONTACT_EMAIL)
    if not address:
        return
    context = {
        "question": question,
        "page": settings.SITE_URL + question.page,
        "list": settings.SITE_URL + reverse("staff:figure_questions"),
        "site_name": site_name().name,
    }
    EmailMessage(
        f"A reader asks about a figure: {question.figure}"[:180],
        render_to_string("metrics/email/figure_question.txt", context),
        to=[address],
        reply_to=[question.reply_to] if question.reply_to else None,
    ).send()


def _mailbox(owner):
    """The email address of a partner, the one for figures first; empty if it has none."""
    if owner is None:
        return ""
    boxes = owner.mailboxes.live(Present.now(UTC)).order_by("used_for")
    found = [box for box in boxes if "@" in box.address]
    found.sort(key=lambda box: "figure" not in box.used_for.lower())
    return found[0].address if found else ""
