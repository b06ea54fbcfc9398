from django.contrib import admin

from bhcp_portal.kit.admin import ReadOnlyAdmin, TrackedAdmin, register_statements
from partners.models import (
    AccessReview,
    GlossaryTerm,
    Invitation,
    Partner,
    RoleGrant,
    SecurityEvent,
    SignIn,
    User,
)

register_statements("partners")
admin.site.register(GlossaryTerm, TrackedAdmin)


@admin.register(Partner)
class PartnerAdmin(TrackedAdmin):
    list_display = ("slug", "code")
    search_fields = ("slug", "code")


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Read-only: accounts are changed at /staff/people/, where each change has its rules."""

    exclude = ("password",)
    list_display = ("name", "email", "partner", "is_active", "is_superuser")
    list_select_related = ("partner",)
    search_fields = ("name", "email")


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadOnlyAdmin):
    list_display = ("person", "role", "partner", "is_lead", "starts_on", "ends_on", "given_by")
    list_select_related = ("person", "partner", "given_by")
    list_filter = ("role",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("person", "invited_by", "invited_at", "used_at")
    list_select_related = ("person", "invited_by")


@admin.register(AccessReview)
class AccessReviewAdmin(ReadOnlyAdmin):
    list_display = ("person", "quarter", "asked_at", "confirmed_at", "confirmed_by")
    list_select_related = ("person", "confirmed_by")
    list_filter = ("quarter",)


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    list_display = ("at", "person", "outcome", "address")
    list_select_related = ("person",)
    list_filter = ("outcome",)


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "what", "by", "person", "address")
    list_select_related = ("by", "person")
    list_filter = ("what",)
