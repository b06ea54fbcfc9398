"""Deciding on what somebody else wrote or did: the form of every kind of decision, and what is shown after.

Its page shows the form by ``staff/_decision_form.html``.
"""

from typing import ClassVar

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect

from bhcp_portal.kit.fields import SeenField, button_field, text_field
from bhcp_portal.kit.last_steps import as_it_was, is_deleted, last_step, thing_then
from bhcp_portal.kit.staff_views import not_sent, with_public_page

# The tag of a message after which the page names what waits for the person next.
DECIDED = "decided"
REMARKS_LENGTH = 1000


def _words(label, hint):
    return text_field(label, hint, rows=3, length=REMARKS_LENGTH)


class DecisionForm(forms.Form):
    """Approve what another person wrote, or return it and say what should change.

    ``decision``: the button that was pressed. Its choice ``REFUSES`` needs ``remarks``; without them
    the form says ``NEEDED``. ``offered``: the values of the buttons that the person may press, if
    not all.
    """

    REFUSES: ClassVar = "return"
    NEEDED: ClassVar = "Say what should change"

    seen = SeenField()
    decision = button_field(("approve", "Approve: make it public"), ("return", "Return it"))
    remarks = _words(
        "What should change?", "Needed if you return it. Staff can read it, the public can not"
    )

    def __init__(self, *args, offered=None, **options):
        super().__init__(*args, **options)
        buttons = self.fields["decision"].choices
        self.buttons = [each for each in buttons if offered is None or each[0] in offered]

    @property
    def may_refuse(self) -> bool:
        """Whether the button is offered that needs words."""
        return self.REFUSES in dict(self.buttons)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("decision") == self.REFUSES and cleaned.get("remarks") == "":
            self.add_error("remarks", self.NEEDED)
        return cleaned


class DiscardForm(DecisionForm):
    """Publish what another person wrote, or say why not; it is then deleted.

    ``is_own``: the person wrote in it, so that they delete a draft of their own.
    """

    REFUSES = "discard"
    NEEDED = "Say why it is deleted"
    NOT_PUBLISHED = "Don’t publish: delete it"

    decision = button_field(("publish", "Publish"), ("discard", NOT_PUBLISHED))
    remarks = _words("Why not?", "Needed if you delete it. Whoever wrote it reads this")

    def __init__(self, *args, is_own=False, offered=None, **options):
        super().__init__(*args, offered=["discard"] if is_own else offered, **options)
        if is_own:
            self.buttons = [(value, "Delete draft") for value, _ in self.buttons]
            self.fields["remarks"].label = "Why is it deleted?"


class ReviewForm(DecisionForm):
    """Agree with what another person did at once, or disagree and say why."""

    REFUSES = "disagree"
    NEEDED = "Say why you disagree"

    decision = button_field(("agree", "I agree"), ("disagree", "I disagree"))
    remarks = _words(
        "Why do you disagree?", "Needed if you disagree. Write it so that everybody may read it"
    )


def decided_before(request, kind, pk, things):
    """The answer where somebody decided on a draft before: who, how and when; ``None`` while it waits.

    ``things``: those whose drafts the person may decide on; of another's it is a 404.
    """
    if kind.model.objects.drafts().filter(pk=pk).exists():
        return None
    row = as_it_was(kind.model, pk)
    thing = row and thing_then(row, kind.reach)
    if thing is None or not (is_deleted(thing) or things.filter(pk=thing.pk).exists()):
        raise Http404
    words = not_sent(request.POST.get("remarks", ""))
    messages.info(request, f"Nothing was changed. {last_step(row)}{words}")
    return redirect("staff:home")


def say_decided(request, words, public=None):
    """Show that a decision was carried out, and on the page that is reached what waits next.

    ``public``: the thing, statement or address whose public page it links to.
    """
    words = with_public_page(words, public) if public else words
    messages.success(request, words, extra_tags=DECIDED)
