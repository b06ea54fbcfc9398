"""What a text may hold, said in every form."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from bhcp_portal.kit.editor.forms import AddressForm
from bhcp_portal.kit.fields import DateInWordsField
from bhcp_portal.kit.shapes import partner_code
from bhcp_portal.kit.tables import YesNoField
from partners.models import Partner


# NUL, and a sign that turns the text after it round.
@pytest.mark.parametrize("unseen", ["\x00", "\u202e", "\u2066"], ids=ascii)
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
    assert field.clean("नमस्\u200dते so\u00adcial \U0001f469\u200d⚕️")
    with pytest.raises(ValidationError):
        field.clean("\u200d\u200c \u00ad")


def test_what_is_repeated_in_a_refusal_spells_out_what_nobody_sees():
    form = AddressForm(Partner(slug="hospitals"), {"moved_to": "care\u200d", "reason": "So it is"})
    assert form.errors["moved_to"] == ["“careU+200D” has other characters in it. Write “care”"]
    for refuse in (DateInWordsField().clean, partner_code, YesNoField().clean):
        with pytest.raises(ValidationError, match="careU\\+200D"):
            refuse("care\u200d")
