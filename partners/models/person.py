"""The people who work here, and the roles they hold."""

import secrets

from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import london_day
from partners.models.organisation import Partner
from partners.roles import PERMISSIONS, Role


class UserManager(BaseUserManager):
    def create_user(self, email, name, password=None, **fields):
        """A person who signs in by email; without a password, only an invitation lets them in."""
        user = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


@tracked(exclude=("password", "last_login"))
class User(AbstractUser):
    """A person with an account. Signs in by email; what they may do is held in RoleGrants."""

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

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ("name",)

    objects = UserManager()

    class Meta:
        ordering = ("name", "email")

    def __str__(self):
        return self.name

    def current_grants(self):
        """The roles in force today, read once a request."""
        if not hasattr(self, "_current_grants"):
            today = london_day(timezone.now())
            self._current_grants = list(self.grants.held_on(today).select_related("partner"))
        return self._current_grants

    def has_any_role(self):
        """Whether the person works here today."""
        return self.is_superuser or bool(self.current_grants())

    def has_perm(self, perm, obj=None):
        """Whether a role in force today carries a permission, for some partner or for all."""
        if not self.is_active:
            return False
        return self.is_superuser or any(perm in PERMISSIONS[g.role] for g in self.current_grants())

    def has_module_perms(self, app_label):
        return self.is_active and self.is_superuser

    def partners_with(self, permission):
        """The primary keys of the partners a permission is held for; ``None`` where for all."""
        if self.is_superuser:
            return None
        grants = [g for g in self.current_grants() if permission in PERMISSIONS[g.role]]
        if any(g.partner_id is None for g in grants):
            return None
        return {g.partner_id for g in grants}

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name


class RoleGrantQuerySet(models.QuerySet):
    def held_on(self, day):
        """Those in force on a day."""
        return self.filter(Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gt=day))


@tracked()
class RoleGrant(models.Model):
    """A role that a person holds for a partner, or for all (``partner`` empty), between two days."""

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

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        ordering = ("person", "role", "starts_on")
        constraints = [
            models.CheckConstraint(
                name="partners_rolegrant_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.get_role_display()}"


def new_token():
    """An unguessable word for an address: 32 random bytes."""
    return secrets.token_urlsafe(32)


@tracked(exclude=("token",))
class Invitation(models.Model):
    """A way in for a person whom an administrator invited: one link, once, for seven days."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations")
    token = models.CharField(max_length=64, unique=True, default=new_token)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    invited_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-invited_at",)

    def __str__(self):
        return f"Invitation of {self.person}"
