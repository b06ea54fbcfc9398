"""How the work in the background is shown: to who runs the server, and to staff (BEHAVIOUR Q)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from bhcp_portal import schedule
from bhcp_portal.kit import queue
from partners.roles import Role
from partners.tasks import send_account_notice
from tests.factories.kit import run_queue
from tests.factories.partners import partner, person, signed_in

pytestmark = pytest.mark.django_db
JOBS = "/staff/jobs/"


def failed():
    made = send_account_notice.enqueue(person().pk, "Your password was changed", "10:00")
    task = DBTaskResult.objects.get(pk=made.id)
    task.set_failed(ValueError("link: /staff/password/new/1-secret/"))
    return task


def test_health_says_how_old_the_queue_is_and_when_each_job_was_last_done(client):
    found = client.get("/health/ready").json()
    assert found["queue"] == {
        "age_seconds": 0,
        "waiting": 0,
        "running": 0,
        "failed": 0,
        "workers": 0,
    }
    assert {job["last_run"] for job in found["jobs"].values()} == {None}
    schedule.enqueue_due(datetime.now(UTC))
    run_queue()
    failed()
    waits = send_account_notice.enqueue(1, "x", "10:00")
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    DBTaskResult.objects.filter(pk=waits.id).update(enqueued_at=an_hour_ago)
    answer = client.get("/health/ready")
    found = answer.json()
    assert (answer.status_code, found["status"]) == (200, "ok")
    assert found["queue"]["age_seconds"] in range(3600, 3660)
    assert (found["queue"]["waiting"], found["queue"]["failed"]) == (1, 1)
    assert list(found["jobs"]) == [job.name for job in schedule.JOBS]
    for job in found["jobs"].values():
        assert job["succeeded"] is True
        last = datetime.fromisoformat(job["last_run"])
        assert timedelta(0) <= datetime.now(UTC) - last < timedelta(minutes=1)
        assert datetime.fromisoformat(job["next_run"]) > last


def test_an_administrator_sees_and_decides_and_an_auditor_sees(client):
    again, removed = failed(), failed()
    boss = signed_in(client, person(roles=[Role.ADMINISTRATOR]))
    auditor = signed_in(Client(), person(roles=[Role.AUDITOR]))
    assert "Decide on 2 tasks that failed for good" in boss.get("/staff/").text
    page = boss.get(JOBS).text
    assert page.count("ValueError: link: /staff/password/new/…") == 2
    assert "No worker is running" in page
    assert "Never yet" in page
    assert "Try again" in page
    read = auditor.get(JOBS).text
    assert "ValueError" in read
    assert "Try again" not in read
    address = f"{JOBS}{again.pk}/decide/"
    assert auditor.post(address, {"decision": "again"}).status_code == 403
    assert "Choose whether" in boss.post(address, {"decision": "x"}, follow=True).text
    assert "waits for its turn" in boss.post(address, {"decision": "again"}, follow=True).text
    assert "before you did" in boss.post(address, {"decision": "again"}, follow=True).text
    removing = boss.post(f"{JOBS}{removed.pk}/decide/", {"decision": "remove"}, follow=True)
    assert "Nothing has failed" in removing.text
    assert [(task.pk, task.status) for task in DBTaskResult.objects.all()] == [(again.pk, "READY")]
    assert "failed for good" not in boss.get("/staff/").text


def test_who_holds_the_role_for_one_partner_is_not_led_to_a_page_that_needs_it_for_all(client):
    home = signed_in(client, person(roles=[(Role.AUDITOR, partner())])).get("/staff/").text
    assert "the work in the background" not in home
    assert "Read the security log" not in home
    assert "See who holds which role" in home
    assert client.get(JOBS).status_code == 403


def test_what_waits_for_another_try_says_why(client):
    task = failed()
    task.worker_ids = ["gone"]
    task.save()
    task.set_failed(ConnectionRefusedError(111, "Connection refused"))
    queue.take_again(datetime.now(UTC))
    page = signed_in(client, person(roles=[Role.ADMINISTRATOR])).get(JOBS).text
    assert "ConnectionRefusedError: [Errno 111] Connection refused" in page
    assert "Nothing has failed" in page


def test_a_job_that_failed_says_so(client):
    schedule.enqueue_due(datetime.now(UTC))
    for run in DBTaskResult.objects.all():
        run.set_failed(ValueError("no such table"))
    assert client.get("/health/ready").json()["jobs"]["clear_sessions"]["succeeded"] is False
    boss = signed_in(client, person(roles=[Role.ADMINISTRATOR]))
    assert boss.get(JOBS).text.partition("Done each day")[2].count("Failed") == len(schedule.JOBS)
