"""What has no name at a moment is called by its code or slug, and no page says “None”."""

import re
from datetime import UTC

import pytest

from bhcp_portal.kit.actions import seen_token, take_back
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import editor_called
from iccs.models import IccProfile, NetworkProfile
from partners.models import PartnerName
from partners.roles import Role
from programmes import actions
from programmes.models import ProgrammeProfile
from tests.clock import present
from tests.factories.iccs import icc, merged, network, place
from tests.factories.partners import member, partner, person, profiled, signed_in
from tests.factories.programmes import partner_role, programme

pytestmark = pytest.mark.django_db

# Not the answer “None of them”, nor a sentence such as “None is recorded”.
NONE = re.compile(r"(?:[^<>]{0,60}[ :“(>]|>)None(?! of | is | yet|: )\b[^<>]{0,60}")
WHY = "The money for it ran out in the spring."


def test_what_has_no_name_is_called_by_its_code_and_never_none(client):
    keeper, editor = person(roles=[Role.RECORD_KEEPER]), person(roles=[Role.PROGRAMME_EDITOR])
    trust = partner("RTX", "The trust")
    profiled(trust)
    member(trust, joined="2017", published="2017")
    castle = icc("LCA", name="Castle", network=network(name="North"), published="2017")
    bay = icc("BAY", name="Bay", published="2017")
    place(bay, "Heysham", published="2017")
    merged(castle, into=bay, when="2020-04", published="2020-04")
    eyes = programme("eyes", name="Eye care")
    ears = programme("ears", name="Ears", parent=eyes)
    for work in (eyes, ears):
        partner_role(work, trust)
    values = {"status": "on_track", "summary": "All is well.", "status_reason": WHY}
    for work in (eyes, ears):
        waits = actions.start_status(programme=work, values=values, by=editor, at=present())
        actions.submit_status(update=waits, seen=seen_token(waits), by=editor, at=present())
    kept = {ProgrammeProfile: {"programme": eyes}, IccProfile: {"icc": castle}}
    for model, of in (kept | {PartnerName: {"partner": trust}, NetworkProfile: {}}).items():
        take_back(model.objects.filter(**of), reason="It was of another place")
    errors = editor_called("icc-places").bounds(Present.now(UTC))(
        {"icc": castle, "starts_on": None, "ends_on": None}, present().date(), None
    )
    assert "LCA became part of Bay in April 2020" in str(errors)
    public = ["/", "/iccs/", "/iccs/bay/", "/iccs/find/?q=castle", "/partners/", "/programmes/"]
    public += ["/programmes/ears/", "/changes/"]
    found = {address: client.get(address) for address in public}
    staff = ["/staff/", "/staff/record/", "/staff/record/in/status-updates/decide/"]
    for who in (keeper, person(roles=[Role.PROGRAMME_APPROVER])):
        signed_in(client, who)
        found |= {f"{address}, {who}": client.get(address) for address in staff}
        client.logout()
    named_none = {address: NONE.findall(answer.text) for address, answer in found.items()}
    assert not {address: words for address, words in named_none.items() if words}
    assert any("eyes, " in answer.text for address, answer in found.items() if "decide" in address)
