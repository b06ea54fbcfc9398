"""Django forms in the design system's markup: `templates/nhsuk/`."""

import re

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, ButtonHolder, Div, Fieldset, Layout, Submit
from django import forms
from django.template import engines
from django.test import RequestFactory

from bhcp_portal.kit.components import render_component
from bhcp_portal.kit.fields import date_field
from tests.kit.test_components import flattened

RATINGS = [("on_track", "On track"), ("at_risk", "At risk")]


class StatusForm(forms.Form):
    title = forms.CharField(
        max_length=20, help_text="A few words", error_messages={"required": "Enter a title"}
    )
    email = forms.EmailField(
        required=False, widget=forms.EmailInput(attrs={"class": "nhsuk-u-width-full"})
    )
    percent = forms.IntegerField(required=False)
    summary = forms.CharField(
        max_length=600,
        widget=forms.Textarea,
        help_text="In plain words",
        error_messages={"required": "Enter a summary"},
    )
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    status = forms.ChoiceField(
        choices=RATINGS, widget=forms.RadioSelect, error_messages={"required": "Choose a status"}
    )
    partners = forms.MultipleChoiceField(
        choices=[(1, "One"), (2, "Two")], required=False, widget=forms.CheckboxSelectMultiple
    )
    lead = forms.ChoiceField(
        choices=[("", "Choose"), ("a", "A")], error_messages={"required": "Choose a lead"}
    )
    agreed = forms.BooleanField(label="I agree", error_messages={"required": "Say that you agree"})
    ends = date_field("End date")
    starts = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    paper = forms.FileField(required=False)
    secret = forms.CharField(required=False, widget=forms.PasswordInput)
    when = forms.SplitDateTimeField(required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["status"].choice_hints = {"at_risk": "A date will be missed"}


# As a page does it: the layout draws the summary, above the heading.
PAGE = '{% include "nhsuk/errors.html" %}{{ form|crispy }}'


def drawn(form, source=PAGE, **context):
    page = engines["django"].from_string("{% load crispy_forms_tags %}" + source)
    return page.render({"form": form, **context})


def element(html, pattern):
    found = re.search(pattern, html, re.DOTALL)
    assert found, f"{pattern} is not in the form"
    return " ".join(found[0].split())


@pytest.fixture
def fresh():
    return drawn(StatusForm())


@pytest.fixture
def refused():
    return drawn(StatusForm({"email": "nobody", "ends": "31 February 2017"}))


# --- every kind of control -------------------------------------------------------------------


def test_a_text_field_is_the_design_systems_input():
    class Plain(forms.Form):
        title = forms.CharField(help_text="A few words")

    ours = flattened(drawn(Plain()))
    theirs = flattened(
        render_component(
            "input",
            label="Title",
            label_size="s",
            name="title",
            id="id_title",
            hint="A few words",
            hint_id="id_title_helptext",
        )
    )
    assert ours == theirs


def test_radios_are_the_design_systems_radios():
    class Plain(forms.Form):
        status = forms.ChoiceField(choices=RATINGS, widget=forms.RadioSelect)

    items = [
        {"value": value, "text": text, "id": f"id_status_{number}"}
        for number, (value, text) in enumerate(RATINGS)
    ]
    theirs = render_component(
        "radios", legend="Status", legend_size="s", name="status", items=items
    )
    assert flattened(drawn(Plain())) == flattened(theirs)


@pytest.mark.parametrize(
    ("name", "css"),
    [
        ("title", "nhsuk-input"),
        ("email", "nhsuk-input nhsuk-u-width-full"),
        ("percent", "nhsuk-input"),
        ("summary", "nhsuk-textarea nhsuk-js-character-count"),
        ("note", "nhsuk-textarea"),
        ("lead", "nhsuk-select"),
        ("agreed", "nhsuk-checkboxes__input"),
        ("starts", "nhsuk-input bhcp-date"),
        ("paper", "nhsuk-file-upload__input"),
        ("secret", "nhsuk-input nhsuk-password-input__input nhsuk-js-password-input-input"),
    ],
)
def test_a_control_has_the_design_systems_class(fresh, name, css):
    assert f'class="{css}"' in element(fresh, rf'<(input|select|textarea)[^>]*name="{name}"[^>]*>')


def test_each_control_has_a_label_of_its_own(fresh):
    ids = re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*\sid="([^"]+)"', fresh)
    assert len(ids) == len(set(ids)) > 15
    for each in ids:
        assert f'for="{each}"' in fresh


def test_the_browser_does_not_cut_words_off_or_refuse_in_its_own_way(fresh):
    assert "maxlength=" not in fresh.replace("data-maxlength=", "")
    assert "required" not in fresh


def test_a_long_text_says_its_limit_without_a_script(fresh):
    assert "You can enter up to 600 characters" in fresh
    assert 'data-maxlength="600"' in fresh
    assert 'aria-describedby="id_summary-info id_summary_helptext"' in fresh


def test_rows_are_five_unless_the_form_says_otherwise(fresh):
    assert 'rows="5"' in element(fresh, r'<textarea[^>]*name="summary"[^>]*>')
    assert 'rows="3"' in element(fresh, r'<textarea[^>]*name="note"[^>]*>')


def test_a_choice_can_explain_itself(fresh):
    assert 'aria-describedby="id_status_1-hint"' in element(
        fresh, r'<input[^>]*value="at_risk"[^>]*>'
    )
    assert 'id="id_status_1-hint">A date will be missed</div>' in fresh


def test_a_date_and_time_are_two_boxes(fresh):
    labels = element(fresh, r"<fieldset(?:(?!<fieldset).)*name=\"when_0\".*?</fieldset>")
    assert "Date</label>" in labels
    assert "Time</label>" in labels


def test_a_hidden_field_is_nothing_but_itself(fresh):
    assert fresh.count('name="version"') == 1
    assert "Version" not in fresh


def test_what_was_sent_comes_back():
    html = drawn(
        StatusForm(
            {
                "title": "A & B",
                "status": "at_risk",
                "partners": ["2"],
                "ends": "3 June",
                "lead": "a",
            }
        )
    )
    assert 'value="A &amp; B"' in html
    assert "checked" in element(html, r'<input[^>]*value="at_risk"[^>]*>')
    assert "checked" in element(html, r'<input[^>]*name="partners"[^>]*value="2"[^>]*>')
    assert 'value="3 June"' in element(html, r'<input[^>]*name="ends"[^>]*>')
    assert '<option value="a" selected>' in html


# --- errors ----------------------------------------------------------------------------------


def test_the_summary_leads_to_each_field_in_its_order(refused):
    summary = element(refused, r'<ul class="nhsuk-list nhsuk-error-summary__list">.*?</ul>')
    assert re.findall(r'<a href="#([^"]+)">([^<]+)</a>', summary) == [
        ("id_title", "Enter a title"),
        ("id_email", "Enter a valid email address."),
        ("id_summary", "Enter a summary"),
        ("id_status_0", "Choose a status"),
        ("id_lead", "Choose a lead"),
        ("id_agreed", "Say that you agree"),
        ("id_ends", "“31 February 2017” is not a real date. February 2017 has 28 days"),
    ]
    for target in re.findall(r'href="#([^"]+)"', summary):
        assert f'id="{target}"' in refused


def test_a_field_names_its_error_and_its_hint(refused):
    assert 'id="id_title_error"' in refused
    control = element(refused, r'<input[^>]*name="title"[^>]*>')
    assert 'aria-describedby="id_title_helptext id_title_error"' in control
    assert 'class="nhsuk-input nhsuk-input--error"' in control
    assert 'aria-invalid="true"' in control


def test_a_group_names_its_error_on_the_fieldset(refused):
    assert '<fieldset class="nhsuk-fieldset" aria-describedby="id_status_error">' in refused


def test_no_errors_no_summary(fresh):
    assert "nhsuk-error-summary" not in fresh


def test_an_error_of_the_whole_form_stands_in_the_summary_without_a_link():
    form = StatusForm({})
    form.add_error(None, "Somebody else changed this first")
    assert "<li>Somebody else changed this first</li>" in drawn(form)


# --- whole forms -----------------------------------------------------------------------------


def test_crispy_draws_a_whole_form_with_its_layout():
    form = StatusForm()
    form.helper = FormHelper()
    form.helper.form_action = "/staff/x/"
    form.helper.layout = Layout(
        Fieldset("About", "title", Div("email", css_class="half")),
        HTML("<p>Words</p>"),
        ButtonHolder(Submit("save", "Save", css_class="nhsuk-button--secondary")),
    )
    html = drawn(form, "{% crispy form %}", csrf_token="token")
    assert re.search(
        r'<form [^>]*action="/staff/x/"[^>]*enctype="multipart/form-data"[^>]*novalidate>', html
    )
    assert 'name="csrfmiddlewaretoken" value="token"' in html
    assert "About</legend>" in html
    assert '<div class="half"' in html
    assert re.search(r'<button class="nhsuk-button +nhsuk-button--secondary"[^>]*name="save"', html)
    assert "btn" not in html


def test_a_form_that_reads_carries_no_token():
    form = StatusForm()
    form.helper = FormHelper()
    form.helper.form_method = "get"
    assert "csrf" not in drawn(form, "{% crispy form %}", csrf_token="token")


@pytest.mark.parametrize("source", ["{{ form|crispy }}", "{% crispy form %}"])
def test_the_summary_is_left_to_the_layout(source):
    assert "nhsuk-error-summary" not in drawn(StatusForm({}), source)


@pytest.mark.django_db
@pytest.mark.parametrize("layout", ["layouts/staff.html", "layouts/sign_in.html"])
def test_a_layout_draws_the_summary_above_the_heading_and_says_error_in_the_title(layout):
    page = (
        f'{{% extends "{layout}" %}}{{% block title %}}Status{{% endblock %}}'
        "{% block content %}<h1>Status</h1>{% endblock %}"
    )
    html = (
        engines["django"]
        .from_string(page)
        .render({"form": StatusForm({})}, RequestFactory().get("/"))
    )
    assert "<title>Error: Status – Programme portal</title>" in html
    assert html.index("nhsuk-error-summary") < html.index("<h1>")
    html = (
        engines["django"]
        .from_string(page)
        .render({"form": StatusForm()}, RequestFactory().get("/"))
    )
    assert "<title>Status – Programme portal</title>" in html
    assert "nhsuk-error-summary" not in html
