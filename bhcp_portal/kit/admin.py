"""Django's admin for superusers. Reference data may be edited, statements may only be read."""

from functools import wraps

from allauth.account.decorators import secure_admin_login
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from bhcp_portal.kit import history
from bhcp_portal.kit.addresses import OLD_NAMES, thing_once_at
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing

EVENTS_ON_A_PAGE = 50


class PortalAdminSite(admin.AdminSite):
    """Django's admin behind our own sign-in, with our models alone."""

    site_header = "Administration of the portal"
    site_title = "Programme portal"
    index_title = "Reference data, and all that was said"

    def register(self, model_or_iterable, admin_class=None, **options):
        """Register only models with a ``TrackedAdmin``.

        What packages would add stays out: it shows secrets, or changes what has rules elsewhere.
        """
        if admin_class and issubclass(admin_class, TrackedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view, cacheable=False):
        """Answer 403 to a signed-in person without access; Django would have them sign in again."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def refusing(request, *args, **kwargs):
            if not self.has_permission(request):
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        return refusing

    @method_decorator([login_not_required, secure_admin_login])
    def login(self, request, extra_context=None):
        return super().login(request, extra_context)

    def password_change(self, request, extra_context=None):
        """Lead to the portal's own page, which has the rules for passwords and sends an email."""
        return redirect("account_change_password")


class ThingForm(forms.ModelForm):
    """A new thing takes no address and no code that another had once."""

    def clean_code(self):
        code = self.cleaned_data["code"]
        if thing_once_at(self._meta.model, code, by="code"):
            raise forms.ValidationError(f"“{code}” was once the code of another. Write another")
        return code

    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        if thing_once_at(self._meta.model, slug):
            raise forms.ValidationError(f"“{slug}” was once the address of another. Write another")
        return slug


class TrackedAdmin(admin.ModelAdmin):
    """The admin of reference data: it may be edited, and the history says that it was done here."""

    object_history_template = "admin/tracked_history.html"
    show_full_result_count = False

    def get_form(self, request, obj=None, change=False, **kwargs):
        if issubclass(self.model, Thing) and not change:
            kwargs.setdefault("form", ThingForm)
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        """An address and a code are changed on the record’s page of a thing, so that old ones lead on."""
        own = super().get_readonly_fields(request, obj)
        if not obj or not issubclass(self.model, Thing):
            return own
        return (*own, *(name for name in OLD_NAMES if hasattr(self.model, name)))

    def save_model(self, request, obj, form, change):
        with self._action("changed" if change else "added", request):
            super().save_model(request, obj, form, change)

    def delete_model(self, request, obj):
        with self._action("deleted", request):
            super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        with self._action("deleted", request):
            super().delete_queryset(request, queryset)

    def _action(self, done, request):
        return action(f"admin.{self.opts.model_name}_{done}", by=request.user)

    def history_view(self, request, object_id, extra_context=None):
        shown = extra_context or {}
        found = self.get_object(request, unquote(object_id))
        if found:
            events = history.events([self.opts.label_lower], pk=found.pk)
            page = Paginator(events, EVENTS_ON_A_PAGE).get_page(request.GET.get("page"))
            shown |= {"page": page, "entries": history.entries(page)}
        return super().history_view(request, object_id, shown)


class ReadOnlyAdmin(TrackedAdmin):
    """The admin of what only actions may change, each by its own rules; here it is only read."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class StatementAdmin(ReadOnlyAdmin):
    """The admin of statements, which are never edited: staff publish a newer one to correct one."""

    list_display = ("pk", "__str__", "published_at", "superseded_at", "origin", "source")
    list_filter = ("origin", "certainty")
    list_select_related = ("source",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


def register_statements(app_label):
    """Register every statement model of an app as read-only.

    So no new model can be forgotten, or be editable by mistake.
    """
    for model in apps.get_app_config(app_label).get_models():
        if issubclass(model, Statement):
            admin.site.register(model, StatementAdmin)
