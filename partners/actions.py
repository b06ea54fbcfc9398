"""Every way in which accounts, roles and means of signing in change (BEHAVIOUR K).

The views check permission, with ``staff_only`` and ``may_manage``. The actions hold what is true
whoever asks: nobody changes their own roles, and one administrator for all partners remains. They
raise ``ActionError``, with a sentence for the person, if they refuse.
"""

import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.timezone import localtime

from bhcp_portal.kit.actions import ActionError, lock_names
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import day_in_words, first_second, london_day
from bhcp_portal.kit.locks import lock
from partners import encryption, tasks
from partners.models import (
    AccessEnd,
    AccessReview,
    Invitation,
    Partner,
    RoleGrant,
    SecurityEvent,
    SignIn,
    User,
)
from partners.models.review import first_day_of_quarter
from partners.models.security import ADDRESS_KEPT
from partners.roles import Role

What = SecurityEvent.What
SUSPENDED = (
    "Your account is suspended, as nobody confirmed this quarter that you still need it. "
    "An administrator can open it again"
)
LOCK_OUT_LOGGED_EVERY = timedelta(minutes=15)
PRACTICE_ACCOUNTS_A_ROLE = 2
# In these roles, the second practice account holds its role for one hospital trust only.
PRACTISED_FOR_A_PARTNER = {Role.PROGRAMME_EDITOR, Role.PROGRAMME_APPROVER}
PRACTICE_PARTNER = "RTX"


# -- people -----------------------------------------------------------------------------------------


def invite(
    *,
    email: str,
    name: str,
    partner: Partner | None,
    role: Role,
    held_for: Partner | None,
    by: User,
    at: datetime,
) -> User:
    """Create an account with its first role, and email the person an invitation.

    ``partner``: whom they work for. ``held_for``: the partner the role is held for, ``None`` for
    all. ``ActionError`` if the address is taken or is none.
    """
    with action("people.invited", by=by):
        person = _new_account(email=email, name=name, partner=partner)
        RoleGrant.objects.create(
            person=person, role=role, partner=held_for, starts_on=london_day(at), given_by=by
        )
        _log_change(person, f"Invited as {_held(role, held_for)}", by, at)
        _send_invitation(person, by=by, at=at)
        return person


def invite_again(*, person: User, by: User, at: datetime) -> Invitation:
    """Email a new invitation to a person who has not set a password; the old one stops working."""
    with action("people.invited_again", by=by):
        person = _locked(person)
        if person.has_usable_password():
            raise ActionError(
                f"{person.name} has set up the account already. Use “forgotten your password” instead."
            )
        _log_change(person, "Invited again", by, at)
        return _send_invitation(person, by=by, at=at)


def accept_invitation(*, invitation: Invitation, password: str, at: datetime) -> User:
    """Set the password that an invited person chose. The invitation cannot be used again.

    ``ActionError`` if it was used already or is too old.
    """
    with action("people.joined", by=invitation.person):
        invitation = Invitation.objects.open_at(at).select_for_update().filter(pk=invitation.pk)
        invitation = invitation.first()
        if invitation is None:
            raise ActionError("This link has been used or is too old. Ask for another.")
        invitation.used_at = at
        invitation.save()
        person = invitation.person
        person.set_password(password)
        person.save()
        _log_change(person, "Invitation used, and a password set", person, at)
        return person


def deactivate(*, person: User, reason: str, by: User, at: datetime) -> User:
    """Close an account and sign the person out everywhere at once.

    ``ActionError`` for one's own account and for that of the last administrator.
    """
    if person == by:
        raise ActionError("You cannot close your own account. Ask another administrator.")
    somebody_remains = _somebody_runs_the_portal(london_day(at))
    with action("people.deactivated", by=by, reason=reason), somebody_remains:
        person = _close(_locked(person), at)
        _log_change(person, "Account closed", by, at, reason)
        return person


def reactivate(*, person: User, reason: str, by: User, at: datetime) -> User:
    """Open a closed account again, with the roles that it still holds."""
    with action("people.reactivated", by=by, reason=reason):
        person = _locked(person)
        person.is_active = True
        person.save()
        # Who opens it again thereby confirms that it is needed.
        person.reviews.filter(confirmed_at__isnull=True).update(confirmed_at=at, confirmed_by=by)
        _log_change(person, "Account opened again", by, at, reason)
        return person


# -- roles ------------------------------------------------------------------------------------------


def give_role(
    *,
    person: User,
    role: Role,
    held_for: Partner | None,
    starts_on: date,
    ends_on: date | None,
    is_lead: bool = False,
    by: User,
    at: datetime,
) -> RoleGrant:
    """Give a person a role. ``held_for``: for which partner, ``None`` for all.

    ``ends_on``: the first day it is no longer held, ``None`` for no end. ``is_lead``: the person
    leads for that partner. ``ActionError`` for oneself, if the person already holds this role for
    this partner on one of these days, or if it has another lead then.
    """
    if person == by:
        raise ActionError("You cannot change your own roles. Ask another administrator.")
    with action("people.role_given", by=by):
        person = _locked(person)
        already = person.grants.filter(role=role, partner=held_for).overlapping(starts_on, ends_on)
        if already.exists():
            raise ActionError(f"{person.name} holds this role at that time already.")
        if is_lead:
            _require_no_other_lead(held_for, starts_on, ends_on)
        lead = ", as its lead" if is_lead else ""
        days = f"from {day_in_words(starts_on)}"
        if ends_on:
            days += f" until {day_in_words(ends_on - timedelta(days=1))}"
        _log_change(person, f"Role given: {_held(role, held_for)}{lead}, {days}", by, at)
        return RoleGrant.objects.create(
            person=person,
            role=role,
            partner=held_for,
            starts_on=starts_on,
            ends_on=ends_on,
            given_by=by,
            is_lead=is_lead,
        )


def end_role(*, grant: RoleGrant, reason: str, by: User, at: datetime) -> RoleGrant:
    """End a role today; a role that was to begin later never begins.

    ``ActionError`` for one's own role, for one that has ended, and for the last administrator's.
    """
    if grant.person == by:
        raise ActionError("You cannot change your own roles. Ask another administrator.")
    today = london_day(at)
    with action("people.role_ended", by=by, reason=reason), _somebody_runs_the_portal(today):
        person = _locked(grant.person)
        grant = RoleGrant.objects.get(pk=grant.pk)
        if grant.ends_on is not None and grant.ends_on <= today:
            raise ActionError("This role has ended already.")
        grant.ends_on = max(today, grant.starts_on)
        grant.save()
        _log_change(person, f"Role ended: {_held(grant.role, grant.partner)}", by, at, reason)
        if person.is_superuser and not User.objects.administrators(today).contains(person):
            person.is_superuser = person.is_staff = False
            person.save()
        return grant


# -- when a body ends -------------------------------------------------------------------------------


def say_access_end(
    *, proposal, partner: Partner, leaves_on: date, last_day: date, by: User
) -> AccessEnd:
    """Keep until which day the people of a partner may sign in, once a proposal is approved.

    ``leaves_on``: the first day on which it no longer belongs. It changes no role: an administrator
    does that.
    """
    with action("people.access_end_said", by=by):
        end, _ = AccessEnd.objects.update_or_create(
            proposal=proposal,
            partner=partner,
            defaults={"leaves_on": leaves_on, "last_day": last_day},
        )
        return end


def tell_of_access_ends(*, at: datetime) -> None:
    """Email all administrators, once, about each body that ends and whose people hold roles."""
    day = london_day(at)
    with action("people.access_end_told"):
        untold = AccessEnd.objects.in_force().filter(notified_at__isnull=True)
        for end in untold.select_for_update(of=("self",)):
            left, short = end.roles_left(), _cut_short_before(end, day)
            if number := left.values("person").distinct().count() or len(short):
                name = Partner.objects.with_name(at, day).get(pk=end.partner_id).name
                until = day_in_words(end.last_day)
                what = f"{_people(number)} of {name} may sign in until {until}: "
                what += "end or move their roles" if left else "their roles end sooner"
                for administrator in User.objects.administrators(day):
                    notify(person=administrator, what=what, at=at)
            end.notified_at = at
            end.save(update_fields=["notified_at"])


def _cut_short_before(end, day):
    """Whose roles end on a day said for the partner before, of a leaving that moved since."""
    before = AccessEnd.objects.overtaken(day).filter(partner=end.partner_id)
    return {grant.person_id for each in before for grant in each.cut_short()}


def end_roles_of_body(*, end: AccessEnd, reason: str, by: User, at: datetime) -> int:
    """End the roles held for a body on the day that was said, or today if that has passed.

    Gives how many. Those that end earlier stay as they are, and so does one's own.
    """
    today = london_day(at)
    ended = 0
    with action("people.role_ended", by=by, reason=reason), _somebody_runs_the_portal(today):
        for person in User.objects.filter(pk__in=end.roles_left().values("person")).exclude(
            pk=by.pk
        ):
            person = _locked(person)
            for grant in end.roles_left().filter(person=person):
                grant.ends_on = max(end.ends_on, today, grant.starts_on)
                grant.save()
                held = _held(grant.role, grant.partner)
                until = day_in_words(grant.last_day)
                _log_change(person, f"Role ends after {until}: {held}", by, at, reason)
                ended += 1
        if not ended:
            raise ActionError("No role is left that you can end here.")
        return ended


# -- the review of access ---------------------------------------------------------------------------


def begin_review(*, at: datetime) -> None:
    """Ask that each person be confirmed who holds a role and joined before this quarter.

    Who is asked reads it by email, once; nobody is asked about twice in a quarter.
    """
    day = london_day(at)
    quarter = first_day_of_quarter(day)
    with action("people.review_begun"):
        _hold_reviews()
        asked_about = AccessReview.objects.filter(Q(quarter=quarter) | Q(confirmed_at=None))
        people = User.objects.filter(
            is_active=True,
            date_joined__lt=first_second(quarter),
            pk__in=RoleGrant.objects.held_on(day).values("person"),
        ).exclude(pk__in=asked_about.values("person"))
        begun = AccessReview.objects.bulk_create(
            [AccessReview(person=person, quarter=quarter, asked_at=at) for person in people]
        )
        _ask_to_confirm(begun, day)


def remind_of_review(*, at: datetime) -> None:
    """Ask once more about those who are suspended in seven days, and again in one, unless confirmed.

    Each reminder goes out once, however often this runs; one of a day that was missed goes out late.
    """
    day = london_day(at)
    with action("people.review_reminded"):
        _hold_reviews()
        waiting = AccessReview.objects.waiting().order_by("asked_at")
        due = [review for review in waiting if review.calls_for_reminder(day)]
        _ask_to_confirm(due, day, "Reminder: confirm")
        AccessReview.objects.filter(pk__in=[review.pk for review in due]).update(reminded_at=at)


def _ask_to_confirm(reviews, day, words="Confirm"):
    for person, theirs in _asked(reviews, day):
        until = day_in_words(min(review.last_day for review in theirs))
        what = f"{words} by {until} who still needs an account: {_people(len(theirs))}"
        tasks.send_review_notice.enqueue(person.pk, what)


def confirm_access(*, review: AccessReview, by: User, at: datetime) -> AccessReview:
    """Confirm that a person still needs their account.

    ``ActionError`` for oneself, and if it was decided on already.
    """
    if review.person == by:
        raise ActionError("Another person confirms your account.")
    with action("people.access_confirmed", by=by):
        _hold_reviews()
        review = AccessReview.objects.waiting().filter(pk=review.pk).first()
        if review is None:
            raise ActionError("Somebody decided on this account before you did.")
        review.confirmed_at, review.confirmed_by = at, by
        review.save()
        _log_change(review.person, "Access confirmed", by, at)
        return review


def suspend_unconfirmed(*, at: datetime) -> None:
    """Close the accounts that nobody confirmed in time, and tell those people and who was asked.

    The last administrator's account stays open.
    """
    day = london_day(at)
    with action("people.suspended"):
        _hold_reviews()
        overdue = list(AccessReview.objects.overdue(day).select_related("person"))
        asked = _asked(overdue, day)
        suspended = {review.pk for review in overdue if _suspend(review.person, day, at)}
        for person, reviews in asked:
            if number := len(suspended & {review.pk for review in reviews}):
                what = f"{_people(number)} suspended, as nobody confirmed them"
                tasks.send_review_notice.enqueue(person.pk, what)


def _suspend(person, day, at):
    """Close the account of a person whom nobody confirmed; gives whether it was done."""
    with suppress(ActionError), transaction.atomic(), _somebody_runs_the_portal(day):
        person = _locked(person)
        if person.is_active:
            _close(person, at)
            _log_change(person, "Account suspended: nobody confirmed it", None, at)
            notify(person=person, what=SUSPENDED, at=at)
            return True
    return False


def _hold_reviews():
    """Let one transaction at a time ask, confirm and suspend."""
    lock("partners: review of access")


def _asked(reviews, day):
    """Pairs of a person who is asked, and their reviews out of some."""
    leads = RoleGrant.objects.held_on(day).filter(is_lead=True).values("person")
    people = User.objects.filter(pk__in=leads, is_active=True) | User.objects.administrators(day)
    chosen = AccessReview.objects.filter(pk__in=[review.pk for review in reviews])
    pairs = [(person, list(chosen.asked_of(person, day))) for person in people.distinct()]
    return [(person, theirs) for person, theirs in pairs if theirs]


def _people(number):
    return "1 person" if number == 1 else f"{number} people"


# -- what people sign in with -----------------------------------------------------------------------


def reset_factor(*, person: User, reason: str, by: User, at: datetime) -> User:
    """Remove a person's second step for signing in, if they lost it, and tell them by email.

    They are signed out everywhere and set up a new second step at the next sign-in. ``ActionError``
    for oneself.
    """
    if person == by:
        raise ActionError("You cannot reset your own second step. Ask another administrator.")
    with action("people.second_step_reset", by=by, reason=reason):
        person = _locked(person)
        Authenticator.objects.filter(user=person).delete()
        person.sessions_ended_at = at
        person.save()
        notify(
            person=person,
            what="Your second step for signing in was reset. You set up a new one at your next sign-in",
            at=at,
            reason=reason,
        )
        _break_glass(person, f"reset the second step of {person.name}", by, at, reason)
        return person


def end_sessions(*, person: User, by: User, at: datetime, reason: str = "") -> User:
    """Sign a person out everywhere.

    If somebody else than the person does it, a ``reason`` is needed (else ``ActionError``), and the
    person and all administrators are told by email.
    """
    if person != by and not reason:
        raise ActionError("Say why you sign this person out.")
    with action("people.signed_out_everywhere", by=by, reason=reason):
        person = _locked(person)
        person.sessions_ended_at = at
        person.save()
        if person != by:
            what = "An administrator signed you out everywhere"
            notify(person=person, what=what, at=at, reason=reason)
            _break_glass(person, f"signed {person.name} out everywhere", by, at, reason)
        return person


def note_own_change(*, person: User, what: str, address: str | None, at: datetime) -> None:
    """Log what a person changed of how they sign in, and tell them by email.

    ``what``: a sentence to them without full stop, like ``Your password was changed``.
    """
    with action("people.sign_in_changed", by=person):
        details = capfirst(what.removeprefix("Your "))
        fields = {"by": person, "person": person, "address": address, "at": at}
        _log(what=What.ACCOUNT_CHANGED, details=details, **fields)
        notify(person=person, what=what, at=at)


def renew_secrets() -> int:
    """Encrypt all second-factor secrets with SECRET_KEY of today; gives how many there are.

    After that no fallback is needed for them. ``UnreadableError`` if one fits no key: none changes.
    """
    with action("people.secrets_renewed"):
        factors = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
        for factor in factors.select_for_update():
            name = "secret" if factor.type == Authenticator.Type.TOTP else "seed"
            factor.data[name] = encryption.renewed(factor.data[name])
            factor.save()
        return len(factors)


def end_session(*, session, by: User) -> None:
    """Sign a person out in one browser. ``session``: one of their ``open_sessions``."""
    with action("people.session_ended", by=by):
        session.end()


def record_sign_in(
    *, person: User, outcome: SignIn.Outcome, address: str | None, at: datetime
) -> SignIn:
    """Record that a person signed in or was refused, with the internet address if it is known."""
    with action("people.sign_in", by=person):
        made = SignIn.objects.create(person=person, outcome=outcome, address=address, at=at)
        record_security_event(
            what=What.SIGNED_IN if made.has_succeeded else What.SIGN_IN_REFUSED,
            # Whoever gave a wrong password need not be the person.
            by=person if made.has_succeeded else None,
            person=person,
            address=address,
            details=made.get_outcome_display(),
            at=at,
        )
        return made


def record_lock_out(*, person: User, address: str | None, at: datetime) -> None:
    """Record that tries to sign in as a person have to wait; once in each quarter of an hour.

    So nobody can fill the log by trying on.
    """
    lately = SecurityEvent.objects.filter(
        what=What.LOCKED_OUT, person=person, at__gt=at - LOCK_OUT_LOGGED_EVERY
    )
    if not lately.exists():
        record_security_event(what=What.LOCKED_OUT, person=person, address=address, at=at)


def record_security_event(
    *,
    what: What,
    at: datetime,
    by: User | None = None,
    person: User | None = None,
    address: str | None = None,
    details: str = "",
) -> SecurityEvent:
    """Add a line to the security log. ``by`` did it, ``person`` is whose account it was about."""
    with action(f"security.{what}", by=by):
        return _log(what=what, at=at, by=by, person=person, address=address, details=details)


def clear_sessions(*, at: datetime) -> None:
    """Delete the sessions that have ended, and what is listed of them to their people."""
    Session.objects.filter(expire_date__lt=at).delete()
    ended = at - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    UserSession.objects.filter(created_at__lt=ended).delete()


def clear_addresses(*, at: datetime) -> None:
    """Empty the internet addresses that have been kept long enough; what happened stays."""
    name, moment, kept = ADDRESS_KEPT
    for model in (SignIn, SecurityEvent):
        old = model.objects.filter(**{f"{moment}__lt": at - kept, f"{name}__isnull": False})
        old.update(**{name: None})


def _log(*, details, **fields):
    """A line in the security log, as part of the action that is under way."""
    return SecurityEvent.objects.create(details=details[:500], **fields)


def _log_change(person, details, by, at, reason=""):
    """A line in the security log on a changed account or role."""
    details = f"{details}. Why: {reason}" if reason else details
    _log(what=What.ACCOUNT_CHANGED, by=by, person=person, details=details, at=at)


def _break_glass(person, did, by, at, reason):
    """Log, and email all administrators, what one did alone that otherwise needs the person."""
    what = f"{by.name} {did}"
    _log(what=What.BREAK_GLASS, by=by, person=person, details=f"{what}. Why: {reason}", at=at)
    for administrator in User.objects.administrators(london_day(at)):
        notify(person=administrator, what=what, at=at, reason=reason)


def notify(*, person: User, what: str, at: datetime, reason: str = "") -> None:
    """Email a person about a change to their account. ``what``: a sentence without full stop."""
    when = f"{localtime(at):%H:%M} on {day_in_words(london_day(at))}"
    tasks.send_account_notice.enqueue(person.pk, what, when, reason)


# -- the first ones ---------------------------------------------------------------------------------


def create_administrator(*, email: str, name: str, at: datetime) -> Invitation:
    """Create an account that may run everything, ``/admin/`` too, and return its invitation."""
    with action("people.administrator_created"):
        person = _new_account(email=email, name=name, is_staff=True, is_superuser=True)
        RoleGrant.objects.create(person=person, role=Role.ADMINISTRATOR, starts_on=london_day(at))
        _log_change(person, "Made an administrator by a command on the server", None, at)
        return Invitation.objects.create(person=person, invited_at=at)


def create_practice_accounts(*, at: datetime) -> list[tuple[str, str, str]]:
    """Create two accounts for each role, to try the portal with.

    Gives tuples (email address, role, password). If any account exists already, it does nothing and
    gives an empty list.
    """
    with action("people.practice_accounts_created"):
        _hold_administrators()
        if User.objects.exists():
            return []
        hospitals = Partner.objects.filter(code=PRACTICE_PARTNER).first()
        wanted = [(role, n) for role in Role for n in range(1, PRACTICE_ACCOUNTS_A_ROLE + 1)]
        passwords = [secrets.token_urlsafe(12) for _ in wanted]
        # Hashing a password keeps a processor busy for half a second.
        with ThreadPoolExecutor() as pool:
            hashes = pool.map(make_password, passwords)
            return [
                _practice_account(role, number, password, hashed, hospitals, at)
                for (role, number), password, hashed in zip(wanted, passwords, hashes, strict=True)
            ]


def _practice_account(role, number, password, hashed, hospitals, at):
    own = hospitals if number > 1 and role in PRACTISED_FOR_A_PARTNER else None
    person = User.objects.create(
        email=f"{role.replace('_', '-')}-{number}@practice.invalid",
        name=f"Practice {role.label.lower()} {number}",
        password=hashed,
        partner=own,
    )
    RoleGrant.objects.create(person=person, role=role, partner=own, starts_on=london_day(at))
    return person.email, f"{role.label} ({own.code})" if own else role.label, password


# -- what they share --------------------------------------------------------------------------------


def _held(role, held_for):
    """A role in the words of the log: ``Auditor for all partners``."""
    return f"{Role(role).label} for {held_for.code if held_for else 'all partners'}"


def _new_account(*, email, name, **fields):
    try:
        validate_email(email)
    except ValidationError:
        raise ActionError(f"“{email}” is not an email address.") from None
    lock_names(User)
    if get_user_model().objects.filter(email__iexact=email).exists():
        raise ActionError(f"There is an account for {email} already.")
    return User.objects.create_user(email, name, **fields)


def _close(person, at):
    person.is_active = False
    person.sessions_ended_at = at
    person.save()
    return person


def _require_no_other_lead(partner, starts_on, ends_on):
    if partner is None:
        raise ActionError("A lead is the lead of one partner. Choose the partner.")
    lock(f"partners: lead of {partner.pk}")
    there = partner.grants.filter(is_lead=True).overlapping(starts_on, ends_on).first()
    if there:
        raise ActionError(
            f"{there.person.name} is the lead at that time already. End that role first."
        )


def _send_invitation(person, *, by, at):
    person.invitations.open_at(at).update(used_at=at)
    invitation = Invitation.objects.create(person=person, invited_by=by, invited_at=at)
    tasks.send_invitation.enqueue(invitation.pk)
    return invitation


def _locked(person):
    return User.objects.select_for_update().get(pk=person.pk)


def _hold_administrators():
    """Let one transaction at a time change administrators.

    Otherwise two administrators could end each other's role at the same time.
    """
    lock("partners: administrators")


@contextmanager
def _somebody_runs_the_portal(day):
    """``ActionError`` if the change inside leaves no administrator for all partners."""
    _hold_administrators()
    before = User.objects.administrators(day).exists()
    yield
    if before and not User.objects.administrators(day).exists():
        raise ActionError(
            "This is the last administrator for all partners. Make somebody else one first."
        )
