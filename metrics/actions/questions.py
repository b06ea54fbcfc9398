"""What readers ask about figures: taken in, answered, and deleted when its time is over."""

import hashlib
from datetime import UTC, datetime, timedelta

from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.locks import lock
from metrics import mail
from metrics.models import WORDS_KEPT, FigureQuestion
from partners.models import Partner, User

# More mails than this go to nobody within an hour; what comes on top stands in the list of staff.
MAILS_AN_HOUR = 10


def ask_about_figure(
    *, about: str, figure: str, page: str, owner: Partner | None, words: str, reply_to: str
) -> FigureQuestion:
    """Keep what a reader wrote about a figure, and email it to those responsible for it.

    What was sent before in the same words gives the question that was kept then, and no mail.
    """
    content = "\0".join((about, " ".join(words.split()).lower(), reply_to.lower()))
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    with action("figure.questioned"):
        lock(f"questions about figures of {owner.pk if owner else 'nobody'}")
        now = Present.now(UTC)
        question, is_new = FigureQuestion.objects.get_or_create(
            content_hash=content_hash,
            defaults={
                "about": about,
                "figure": figure,
                "page": page,
                "owner": owner,
                "words": words,
                "reply_to": reply_to,
                "sent_at": now,
            },
        )
        lately = FigureQuestion.objects.filter(owner=owner, sent_at__gt=now - timedelta(hours=1))
        if is_new and lately.count() <= MAILS_AN_HOUR:
            mail.send_figure_question.enqueue(question.pk)
    return question


def answer_question(*, question: FigureQuestion, by: User, is_answered: bool) -> None:
    """Say that a question was answered, or that it was not after all; twice is as once."""
    with action("figure.question_answered" if is_answered else "figure.question_open", by=by):
        question = FigureQuestion.objects.select_for_update().get(pk=question.pk)
        if is_answered == (question.answered_at is not None):
            return
        question.answered_at = Present.now(UTC) if is_answered else None
        question.answered_by = by if is_answered else None
        question.save()


def empty_questions(*, at: datetime) -> None:
    """Delete the words and addresses of readers that were kept long enough."""
    old = FigureQuestion.objects.filter(sent_at__lte=at - WORDS_KEPT, emptied_at__isnull=True)
    old.update(words="", reply_to="", content_hash="", emptied_at=at)
