"""What one person proposes on a staff page and another approves."""

from bhcp_portal.kit.editor.proposal import Proposal, State
from tests.factories.partners import signed_in


def proposed(client, who, address, words):
    """The proposal that a sent form leads to."""
    client.logout()
    answer = signed_in(client, who).post(address, words)
    assert answer.status_code == 302, errors(answer)
    return Proposal.objects.get(pk=int(answer.url.rstrip("/").split("/")[-1]))


def press(client, who, proposal, decision, **more):
    """The answer to a button of a proposal's page."""
    client.logout()
    page = signed_in(client, who).get(proposal.get_absolute_url())
    seen = page.context["form"].initial["seen"]
    words = {"decision": decision, "seen": seen, **more}
    return client.post(proposal.get_absolute_url(), words, follow=True)


def published(client, one, other, address, words):
    """A proposal that one person sent and another approved; gives the statements in order."""
    proposal = proposed(client, one, address, words)
    answer = press(client, one, proposal, "send")
    assert errors(answer) in (None, ""), errors(answer)
    answer = press(client, other, proposal, "approve")
    proposal.refresh_from_db()
    assert proposal.state == State.PUBLISHED, errors(answer)
    return proposal


def errors(answer):
    """What a form that is shown again says, as text."""
    context = answer.context
    return context["form"].errors.as_text() if context and "form" in context else None
