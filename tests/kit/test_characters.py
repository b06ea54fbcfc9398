"""What a text may hold, said in every form."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from bhcp_portal.kit.editor.editors import editor_called, editors
from bhcp_portal.kit.editor.forms import AddressForm
from bhcp_portal.kit.fields import DateInWordsField
from bhcp_portal.kit.finding import reads_like
from bhcp_portal.kit.shapes import partner_code
from bhcp_portal.kit.tables import ListField, YesNoField
from partners.models import Partner


# Signs for machines, one that turns the text after it round, and spaces and hyphens without width.
@pytest.mark.parametrize(
    "unseen",
    ["\x00", "\x07", "\x1b", "\x85", "\u00ad", "\u200b", "\u202e", "\u2060", "\u2066", "\ufeff"],
    ids=ascii,
)
@pytest.mark.parametrize("field", [forms.CharField, forms.SlugField, forms.EmailField])
def test_a_character_that_cannot_be_seen_is_refused_with_what_to_do(field, unseen):
    with pytest.raises(ValidationError) as refused:
        field().clean(f"a{unseen}b")
    words = " ".join(refused.value.messages)
    assert "paste it as plain text" in words
    assert "Null" not in words


def test_letters_may_be_joined_but_what_nobody_sees_is_no_words_alone():
    field = forms.CharField()
    for blank in ("\u200b", "\u2800", "\u3164 \ufeff"):
        with pytest.raises(ValidationError):
            field.clean(blank)
    assert field.clean("नमस्\u200dते \U0001f469\u200d⚕️")
    with pytest.raises(ValidationError):
        field.clean("\u200d\u200c \u00ad")


def test_what_is_repeated_in_a_refusal_spells_out_what_nobody_sees():
    form = AddressForm(Partner(slug="hospitals"), {"moved_to": "care\u200d", "reason": "So it is"})
    assert form.errors["moved_to"] == ["“careU+200D” has other characters in it. Write “care”"]
    for refuse in (DateInWordsField().clean, partner_code, YesNoField().clean):
        with pytest.raises(ValidationError, match="careU\\+200D"):
            refuse("care\u200d")


@pytest.mark.parametrize("unseen", ["\x1b", "\x07", "\u200b", "\u00ad", "\u200d"], ids=ascii)
def test_a_name_reads_like_another_whatever_nobody_sees_in_it(unseen):
    assert reads_like(f"Zebra{unseen}ville") == reads_like("Zebraville")


@pytest.mark.parametrize("unseen", ["\x1b", "\u200b", "\u00ad"], ids=ascii)
def test_no_column_of_text_takes_what_nobody_sees(unseen):
    """By form and by file: each text column of each table, and each of several in one cell."""
    for editor in editors():
        for column in editor.table.all_columns:
            if type(column.field) in (forms.CharField, ListField):
                with pytest.raises(ValidationError):
                    column.field.clean(f"Zebra{unseen}ville")


def test_a_web_address_is_read_whatever_the_case_of_its_host():
    column = next(
        each for each in editor_called("source-profiles").table.columns if each.name == "address"
    )
    assert column.field.clean("HTTPS://Example.org/Doc.pdf") == "https://example.org/Doc.pdf"
    assert column.field.clean("") == ""


def test_an_address_has_hyphens_alone():
    form = AddressForm(Partner(slug="hospitals"), {"moved_to": "zebra_alone", "reason": "So it is"})
    assert form.errors["moved_to"] == [
        "“zebra_alone” has other characters in it. Write “zebra-alone”"
    ]
