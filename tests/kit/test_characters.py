"""What a text may hold, said in every form."""

import pytest
from django import forms
from django.core.exceptions import ValidationError


@pytest.mark.parametrize("field", [forms.CharField, forms.SlugField, forms.EmailField])
def test_a_character_that_cannot_be_seen_is_refused_with_what_to_do(field):
    with pytest.raises(ValidationError) as refused:
        field().clean("a\x00b")
    words = " ".join(refused.value.messages)
    assert "paste it as plain text" in words
    assert "Null" not in words
