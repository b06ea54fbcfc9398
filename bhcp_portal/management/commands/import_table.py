"""Put a file of rows of one kind on the record: all of it or nothing, by two people."""

from datetime import UTC
from difflib import get_close_matches
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from bhcp_portal.kit.actions import ActionError, seen_token
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.files import Ground, check_file, open_rows, title_of
from bhcp_portal.kit.editor.presenters import error_lines
from bhcp_portal.kit.editor.proposal import Proposal
from bhcp_portal.kit.editor.reach import Reach
from bhcp_portal.kit.kinds import kind_of, kinds, tables
from bhcp_portal.kit.spreadsheets.bounds import LARGEST, TOO_LARGE, SheetError
from bhcp_portal.kit.spreadsheets.remarks import remark_words
from partners.models import User

SHOWN = 50
# Where kinds with pages of their own are sent, by the app and, where that says too little, the table.
OWN_DOORS = {
    "readings": "Send it with `import_readings`, or in the browser under Measures",
    "metric_programmes": "Write it in the browser, on the page of the measure",
    "metric_goals": "Write it in the browser, on the page of the measure",
    "programmes": "Write it in the browser, on the page of the programme",
    "metrics": "Write it in the browser, on the page of the measure",
    "newsroom": "Write it in the browser, under News",
    "kit": "Change it in the browser, on the page of what it is the address of",
}


class Command(BaseCommand):
    help = (
        "Check a file of rows of one kind and publish it, as one person sends it and another "
        "approves it. A row rests on its own source, or else is said by the partners themselves."
    )

    def add_arguments(self, parser):
        parser.add_argument("table", help="the name of the table, as in the open data")
        parser.add_argument("file", type=Path, help="a CSV file or an Excel workbook (.xlsx)")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="who sends it")
        parser.add_argument(
            "--confirmed-by", required=True, metavar="EMAIL", help="who approves it"
        )
        parser.add_argument("--dry-run", action="store_true", help="check everything, save nothing")

    def handle(self, *, table, file, by, confirmed_by, dry_run, **options):
        at, editor = Present.now(UTC), _editor(table)
        kind = editor.kind
        sender = _person(by, kind.writer, f"send {kind.many_within}")
        confirmer = _person(confirmed_by, kind.approver, f"approve {kind.many_within}")
        if sender == confirmer:
            raise CommandError("Two different people are needed: one sends, another approves.")
        checked = self._check(file, editor, sender, at)
        if not checked.rows:
            words = "Nothing would change" if dry_run else "Nothing changed"
            self.stdout.write(f"{words}: {checked.summary or 'the file has no rows'}.")
            return
        proposal = Proposal(title=title_of(editor, checked, file.name), author=sender, edited_at=at)
        proposal.proposed = checked.rows
        if not Reach(confirmer, at).may_all("approver", proposal):
            raise CommandError(f"{confirmer} may not approve every row of this file.")
        self.stdout.write(f"Putting {len(checked.rows):,} rows on the record …")
        try:
            with transaction.atomic():
                self._publish(proposal, sender, confirmer, at)
                transaction.set_rollback(dry_run)
        except ActionError as refused:
            raise CommandError(f"{refused} Nothing was saved.") from None
        words = "Nothing was saved, as asked. It would be" if dry_run else "Published"
        self.stdout.write(f"{words}: {checked.summary}.")

    def _check(self, file, editor, sender, at):
        try:
            if file.stat().st_size > LARGEST:
                raise CommandError(TOO_LARGE)
            checked = check_file(
                open_rows(file.read_bytes(), editor),
                editor,
                ground=Ground(),
                by=sender,
                at=at,
                progress=lambda done: self.stdout.write(f"{done:,} rows read"),
            )
        except OSError as error:
            raise CommandError(f"“{file}” can’t be read: {error.strerror or error}.") from None
        except SheetError as error:
            raise CommandError(str(error)) from None
        for remark in checked.remarks:
            self.stdout.write(remark_words(remark))
        if checked.errors:
            found = error_lines(checked.errors, editor)
            lines = [str(line) for line in found[:SHOWN]]
            if len(found) > SHOWN:
                lines.append("… and more.")
            number = len(checked.errors)
            errors = f"{number:,} error{'s' if number > 1 else ''}"
            raise CommandError("\n".join([*lines, f"Nothing was saved: {errors}."]))
        return checked

    def _publish(self, proposal, sender, confirmer, at):
        begun = actions.begin(rows=proposal.proposed, title=proposal.title, by=sender, at=at)
        sent = actions.send(proposal=begun, seen=seen_token(begun), by=sender, at=at)
        actions.approve(proposal=sent, seen=seen_token(sent), by=confirmer, at=at)


def _editor(name):
    """The editor of the kind of a table."""
    wanted = name.replace("-", "_")
    table = next((each for each in tables() if each.name == wanted), None)
    kind = kind_of(table.model) if table and table.is_statement else None
    editor = editor_called(kind.slug) if kind else None
    if editor is not None:
        return editor
    if kind is not None:
        door = OWN_DOORS.get(wanted) or OWN_DOORS[kind.model._meta.app_label]
        raise CommandError(f"{kind.many} have rules of their own. {door}.")
    names = [each.slug.replace("-", "_") for each in kinds() if editor_called(each.slug)]
    if table is not None:
        raise CommandError(
            f"“{name}” only names things. What is said of them stands in: {', '.join(names)}."
        )
    near = " or ".join(f"“{each}”" for each in get_close_matches(wanted, names, n=3))
    offer = f"Did you mean {near}?" if near else f"The tables are: {', '.join(names)}."
    raise CommandError(f"There is no table “{name}”. {offer}")


def _person(email, permission, may):
    person = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise CommandError(f"Nobody here has the address “{email}”.")
    if not person.has_perm(permission):
        raise CommandError(f"{person} may not {may}.")
    return person
