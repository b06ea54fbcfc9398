"""/admin/: reference data for superusers, statements read-only, history shown (issue 2, section 4)."""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing
from partners.models import Partner, PartnerName, SignIn
from partners.roles import Role
from tests.factories.kit import on_record, source
from tests.factories.partners import partner, person, signed_in

pytestmark = pytest.mark.django_db

STATEMENTS = [model for model in admin.site._registry if issubclass(model, Statement)]


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def root(client):
    return signed_in(client, person(roles=[Role.ADMINISTRATOR], is_staff=True, is_superuser=True))


def test_a_stranger_is_sent_to_our_own_sign_in(client):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/staff/sign-in/?next=%2Fadmin%2F"


def test_an_administrator_who_is_no_superuser_is_refused(client):
    signed_in(client, person(roles=[Role.ADMINISTRATOR]))
    for path in ("/admin/", "/admin/login/", address(Partner, "changelist"), "/admin/nothing/"):
        for method in (client.get, client.post):
            assert method(path).status_code == 403, path


def test_a_superuser_sets_up_a_second_step_first(client):
    client = signed_in(client, person(is_staff=True, is_superuser=True, second_factor=False))
    session = client.session
    session["account_authentication_methods"] = session["account_authentication_methods"][:1]
    session.save()
    assert client.get("/admin/").url == "/staff/second-step/"


def test_every_thing_and_statement_is_there_and_nothing_that_packages_add():
    from tests.test_house import our_models

    registered = set(admin.site._registry)
    assert {m for m in our_models() if issubclass(m, Thing | Statement)} <= registered
    assert registered <= set(our_models())


def test_its_lists_go_by_names_as_we_spell_them(root):
    index = root.get(reverse("admin:index")).content.decode()
    for name in ("Activities", "Priorities", "ICCs", "ICC profiles", "Sign-ins"):
        assert f">{name}</a>" in index
    assert "Activitys" not in index
    assert ">Iccs<" not in index


def test_no_statement_is_added_changed_or_deleted(root):
    for model in STATEMENTS:
        assert root.get(address(model, "add")).status_code == 403, model
        assert root.post(address(model, "add"), {}).status_code == 403, model
        for page in ("change", "delete"):
            answer = root.post(address(model, page, 1), {"post": "yes"})
            assert answer.status_code in (302, 403), model


def test_a_statement_opens_read_only_and_refuses_a_change(root):
    name = on_record(PartnerName, partner=partner(), name="As said")
    page = root.get(address(PartnerName, "change", name.pk))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert root.post(address(PartnerName, "change", name.pk), {"name": "Forged"}).status_code == 403
    assert root.get(address(PartnerName, "delete", name.pk)).status_code == 403
    everything = {"action": "delete_selected", "_selected_action": [name.pk], "post": "yes"}
    root.post(address(PartnerName, "changelist"), everything)
    name.refresh_from_db()
    assert name.name == "As said"


def test_reference_data_is_edited_and_the_history_says_by_whom(root):
    body = partner("SLIP", slug="body")
    words = {"slug": "another", "code": "MENDED"}
    root.post(address(Partner, "change", body.pk), words)
    body.refresh_from_db()
    # An address or code leads on only where it is changed on the record's page of a thing.
    assert (body.code, body.slug) == ("SLIP", "body")
    assert root.post(address(Partner, "add"), words).status_code == 302
    made = Partner.objects.get(code="MENDED")
    page = root.get(address(Partner, "history", made.pk)).content.decode()
    assert "<ins>MENDED</ins>" in page
    assert "Admin: partner added" in page


def test_what_is_said_of_a_source_is_only_read(root):
    profile = source(title="As said").profiles.get()
    change = address(type(profile), "change", profile.pk)
    assert root.post(change, {"title": "Forged"}).status_code == 403


def test_a_thing_on_which_statements_hang_is_not_deleted(root):
    hospitals = partner("RTX")
    page = root.get(address(Partner, "delete", hospitals.pk)).content.decode()
    assert "Cannot delete partner" in page
    assert root.post(address(Partner, "delete", hospitals.pk), {"post": "yes"}).status_code == 200
    chosen = {"action": "delete_selected", "_selected_action": [hospitals.pk], "post": "yes"}
    assert root.post(address(Partner, "changelist"), chosen).status_code == 200
    assert Partner.objects.filter(pk=hospitals.pk).exists()


def test_a_source_on_which_statements_rest_is_not_deleted(root):
    name = on_record(PartnerName, partner=partner(), name="As said")
    assert root.post(address(Source, "delete", name.source_id), {"post": "yes"}).status_code == 200
    assert Source.objects.filter(pk=name.source_id).exists()


def test_a_thing_of_which_nothing_was_said_may_be_deleted(root):
    empty = Partner.objects.create(code="X", slug="x")
    assert root.post(address(Partner, "delete", empty.pk), {"post": "yes"}).status_code == 302
    assert not Partner.objects.filter(pk=empty.pk).exists()


def test_the_history_of_what_does_not_exist_is_no_error(root):
    for key in ("99999", "abc"):
        assert root.get(address(Partner, "history", key)).status_code == 302


def test_the_password_is_changed_where_its_rules_are(root):
    assert root.get("/admin/password_change/").url == "/staff/password/"


def test_secrets_are_not_shown(root):
    invited = person()
    from partners.models import Invitation, User

    invitation = Invitation.objects.create(person=invited, invited_at=timezone.now())
    page = root.get(address(Invitation, "change", invitation.pk)).content.decode()
    assert invitation.token not in page
    page = root.get(address(User, "change", invited.pk)).content.decode()
    assert invited.password not in page


def test_sign_ins_open(root):
    row = SignIn.objects.create(person=person(), at="2026-11-22T09:00Z", outcome="app")
    assert root.get(address(SignIn, "change", row.pk)).status_code == 200
