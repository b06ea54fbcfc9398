"""The admin of the models that belong to no app: the sources."""

from django import forms
from django.contrib import admin
from django.db import models

from bhcp_portal.kit.admin import TrackedAdmin
from bhcp_portal.kit.dates import last_second, span
from bhcp_portal.kit.sources import Source


class SourceForm(forms.ModelForm):
    def clean_published_as(self):
        try:
            return span(self.cleaned_data["published_as"]).text
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


@admin.register(Source)
class SourceAdmin(TrackedAdmin):
    form = SourceForm
    # ``save_model`` works it out from ``published_as``.
    exclude = ("published_at",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_display = ("slug", "title", "publisher", "published_as", "kind")
    list_filter = ("kind",)
    search_fields = ("slug", "title", "publisher")

    def save_model(self, request, obj, form, change):
        obj.published_at = last_second(span(obj.published_as).last)
        super().save_model(request, obj, form, change)
