"""The people who work here, and the roles they hold."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.sessions.models import Session
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import london_day
from partners.models.organisation import Partner
from partners.models.security import ADDRESS_KEPT
from partners.roles import MANAGE_PEOPLE, OF_LEADS, PERMISSIONS, Role, roles_with

INVITATION_LASTS = timedelta(days=7)


class UserQuerySet(models.QuerySet):
    def accessible_to(self, user, permission):
        """The people for whose accounts a person has a permission.

        That is everybody if the permission is held for all partners, else those who work for one of
        the partners that it is held for.
        """
        partners = user.partner_scope(permission)
        return self if partners is None else self.filter(partner__in=partners)

    def holding(self, permission, day):
        """The people who hold a permission on a day, for whichever partner, with open accounts."""
        held = RoleGrant.objects.held_on(day).filter(role__in=roles_with(permission))
        return self.filter(is_active=True, pk__in=held.values("person"))

    def administrators(self, day):
        """The people who are administrators for all partners on a day, with open accounts."""
        held = RoleGrant.objects.held_on(day).filter(role=Role.ADMINISTRATOR, partner__isnull=True)
        return self.filter(is_active=True, pk__in=held.values("person"))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email, name, password=None, **fields):
        """Create a person who signs in by email.

        Without a password, only an invitation lets them in.
        """
        user = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


@tracked(exclude=("password", "last_login"))
class User(AbstractUser):
    """A person with an account. They sign in by email; what they may do is in ``RoleGrant``."""

    IN_HISTORY: ClassVar = ("Person", "People")

    username = None
    first_name = None
    last_name = None
    groups = None
    user_permissions = None

    email = models.EmailField("email address", unique=True)
    name = models.CharField("full name", max_length=150)
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="people"
    )
    sessions_ended_at = models.DateTimeField("signed out everywhere", null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ("name",)

    objects = UserManager()

    class Meta:
        ordering = ("name", "email")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("staff:person", args=[self.pk])

    def _get_session_auth_hash(self, secret=None):
        """The hash that keeps a person's sessions valid.

        It changes with the password and with ``sessions_ended_at``, so that either ends all
        sessions. Django calls this with each of SECRET_KEY_FALLBACKS too.
        """
        ended = self.sessions_ended_at.timestamp() if self.sessions_ended_at else ""
        return salted_hmac(
            "partners.User.get_session_auth_hash",
            f"{self.password} {ended}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    def current_grants(self):
        """The ``RoleGrant`` rows in force today, read once in each request."""
        if not hasattr(self, "_current_grants"):
            today = london_day(timezone.now())
            self._current_grants = list(self.grants.held_on(today).select_related("partner"))
        return self._current_grants

    def has_any_role(self):
        """Whether the person has a role today."""
        return self.is_superuser or bool(self.current_grants())

    def has_perm(self, perm, obj=None):
        """Whether a role in force today gives a permission, for one partner or for all."""
        if not self.is_active:
            return False
        return self.is_superuser or any(perm in g.permissions for g in self.current_grants())

    def has_module_perms(self, app_label):
        return self.is_active and self.is_superuser

    def partner_scope(self, permission):
        """Primary keys of the partners a permission is held for today; ``None`` if for all."""
        if self.is_superuser:
            return None
        grants = [g for g in self.current_grants() if permission in g.permissions]
        if any(g.partner_id is None for g in grants):
            return None
        return {g.partner_id for g in grants}

    def role_with(self, permission, day):
        """The name of a role by which the person had a permission on a day; empty if none did."""
        grant = self.grants.held_on(day).filter(role__in=roles_with(permission)).first()
        return grant.get_role_display() if grant else ""

    def may_manage(self, other, day, permission=MANAGE_PEOPLE):
        """Whether this person may change another person's account on a day, by a permission.

        Those who hold it for some partners only may change the accounts of people who work for one
        of these, and whose roles, now and later, are held for these alone.
        """
        partners = self.partner_scope(permission)
        if partners is None:
            return True
        held = other.grants.overlapping(day, None).values_list("partner_id", flat=True)
        return not other.is_superuser and {other.partner_id, *held} <= partners

    def open_sessions(self, at):
        """Where the person is signed in at a moment, the newest first."""
        began_after = at - timedelta(seconds=settings.SESSION_COOKIE_AGE)
        if self.sessions_ended_at:
            began_after = max(began_after, self.sessions_ended_at)
        kept = Session.objects.filter(expire_date__gt=at)
        return self.usersession_set.filter(
            created_at__gt=began_after, session_key__in=kept.values("session_key")
        ).order_by("-created_at")

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name


class RoleGrantQuerySet(models.QuerySet):
    def held_on(self, day):
        """The role grants in force on a day."""
        return self.filter(Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gt=day))

    def carrying(self, permission, partners=()):
        """The role grants with a permission, held for all partners or for one of ``partners``."""
        roles = self.filter(role__in=roles_with(permission))
        return roles.filter(Q(partner__isnull=True) | Q(partner__in=partners))

    def overlapping(self, starts_on, ends_on):
        """The role grants held on at least one day of a span.

        ``ends_on``: the first day after the span, ``None`` for no end.
        """
        held = self.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gt=starts_on) & Q(ends_on__gt=F("starts_on"))
        )
        return held.filter(starts_on__lt=ends_on) if ends_on else held


class _Held(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


@tracked()
class RoleGrant(models.Model):
    """A role that a person holds between two days, for a partner or (``partner`` empty) for all.

    One grant of a partner at a time may be its lead's.
    """

    IN_HISTORY: ClassVar = ("Role of a person", "Roles of people")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=30, choices=Role)
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="grants"
    )
    starts_on = models.DateField()
    ends_on = models.DateField("first day it is no longer held", null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_lead = models.BooleanField("leads for the partner", default=False)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        ordering = ("person", "role", "starts_on")
        constraints = [
            models.CheckConstraint(
                name="partners_rolegrant_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="Let the role end after it starts.",
            ),
            models.CheckConstraint(
                name="partners_rolegrant_by_another",
                condition=Q(given_by__isnull=True) | ~Q(given_by=F("person")),
                violation_error_message="Ask another administrator: nobody gives a role to themselves.",
            ),
            ExclusionConstraint(
                name="partners_rolegrant_once_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (Coalesce("partner", 0), RangeOperators.EQUAL),
                    (_Held("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                violation_error_message="They hold this role then already. Choose other days.",
            ),
            models.CheckConstraint(
                name="partners_rolegrant_lead_of_a_partner",
                condition=Q(is_lead=False) | Q(partner__isnull=False),
                violation_error_message="Choose the partner that they lead for.",
            ),
            ExclusionConstraint(
                name="partners_rolegrant_one_lead",
                expressions=[
                    ("partner", RangeOperators.EQUAL),
                    (_Held("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_lead=True),
                violation_error_message="This partner has a lead then already. End that first.",
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.get_role_display()}"

    @property
    def permissions(self):
        """What the role allows, and what leading for the partner does."""
        return PERMISSIONS[self.role] | (OF_LEADS if self.is_lead else set())

    @property
    def last_day(self):
        """The last day on which the role is held, as people say it; ``None`` for no end.

        For a role that was ended on its first day it is that day.
        """
        return max(self.ends_on - timedelta(days=1), self.starts_on) if self.ends_on else None


def _invitation_signer():
    return Signer(sep=".", salt="partners.Invitation")


class InvitationQuerySet(models.QuerySet):
    def open_at(self, at):
        """The invitations that can still be used at a moment."""
        return self.filter(
            used_at__isnull=True, invited_at__gt=at - INVITATION_LASTS, person__is_active=True
        )

    def with_token(self, token):
        """The invitation whose link has this token, as a queryset of one or none."""
        try:
            signed = _invitation_signer().unsign(token)
        except BadSignature:
            return self.none()
        found = [
            each.pk for each in self.filter(pk=signed.partition("-")[0]) if each.signed == signed
        ]
        return self.filter(pk__in=found)


@tracked()
class Invitation(models.Model):
    """An administrator's invitation to a person: a link that works once, for seven days.

    The link's token is not stored: it is the signature of the row, made whenever the link is sent,
    so that neither the database nor the queue holds a way in.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    invited_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ("-invited_at",)

    def __str__(self):
        return f"Invitation of {self.person}"

    def get_absolute_url(self):
        return reverse("staff:invitation", args=[self.token])

    @property
    def signed(self):
        """What the token signs: this row and no other that may ever have its number."""
        return f"{self.pk}-{self.invited_at.timestamp():.0f}"

    @property
    def token(self):
        """The secret part of the link."""
        return _invitation_signer().sign(self.signed)


class SignInQuerySet(models.QuerySet):
    def succeeded(self):
        """The tries that let the person in."""
        return self.exclude(outcome__in=SignIn.REFUSED)


@tracked(exclude=("address",))
class SignIn(models.Model):
    """One try to sign in: when, from where and how it went. It is never changed or deleted.

    After a while the address alone is emptied, which the database guards too.
    """

    IS_APPEND_ONLY: ClassVar[bool] = True
    EMPTIED_LATER: ClassVar = ADDRESS_KEPT

    class Outcome(models.TextChoices):
        APP = "app", "Password and a code from the app"
        RECOVERY_CODE = "recovery_code", "Password and a recovery code"
        KEY = "key", "Password and a key"
        PASSKEY = "passkey", "Passkey"
        PASSWORD = "password", "Password, before a second step was set up"
        WRONG_PASSWORD = "wrong_password", "Refused: wrong password"
        WRONG_FACTOR = "wrong_factor", "Refused: wrong code or key"

    REFUSED = (Outcome.WRONG_PASSWORD, Outcome.WRONG_FACTOR)

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sign_ins")
    at = models.DateTimeField()
    address = models.GenericIPAddressField("internet address", null=True, blank=True)
    outcome = models.CharField("how it went", max_length=20, choices=Outcome)

    objects = SignInQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = "sign-in"
        indexes = [models.Index("person", F("at").desc(), name="signin_newest")]

    def __str__(self):
        return f"{self.person}: {self.get_outcome_display()}"

    @property
    def has_succeeded(self):
        return self.outcome not in self.REFUSED
