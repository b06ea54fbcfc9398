"""What a text may hold, said in every form."""

import pytest
from django import forms
from django.core.exceptions import ValidationError


# NUL, and a sign that turns the text after it round.
@pytest.mark.parametrize("unseen", ["\x00", "\u202e", "\u2066"], ids=ascii)
@pytest.mark.parametrize("field", [forms.CharField, forms.SlugField, forms.EmailField])
def test_a_character_that_cannot_be_seen_is_refused_with_what_to_do(field, unseen):
    with pytest.raises(ValidationError) as refused:
        field().clean(f"a{unseen}b")
    words = " ".join(refused.value.messages)
    assert "paste it as plain text" in words
    assert "Null" not in words
