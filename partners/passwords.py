"""Which passwords are too easy to guess (BEHAVIOUR K: zxcvbn, with our own words)."""

import re

from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from partners.models import PartnerName

# From zxcvbn's 0 to 4: at least 10^10 guesses, out of reach even of a stolen database for long.
ENOUGH = 4
# zxcvbn reads no more than this; what comes after can only make a password harder to guess.
LONGEST_READ = 72
HINT = (
    "Choose three or four words that have nothing to do with each other, with you or with your work"
)
OF_OUR_WORDS = (
    "This password is easy to guess: it has words of this portal, its partners or your name"
)
# What somebody who wants to get in here would try first, besides names of partners and people.
OUR_WORDS = (
    *("bay", "health", "care", "partners", "bhcp", "better", "together", "portal", "programme"),
    *("vanguard", "nhs", "icc", "icp", "trust", "hospital", "infirmary", "council", "morecambe"),
    *("lancaster", "barrow", "furness", "kendal", "ulverston", "millom", "dalton", "grange"),
    *("garstang", "carnforth", "sedbergh", "windermere", "ambleside", "cumbria", "lancashire"),
    *("lakes", "heysham", "arnside", "bentham", "milnthorpe", "kirkby", "lonsdale", "cartmel"),
    *("eden", "westmorland", "queen", "victoria", "square", "alfred", "walney", "duddon"),
    *("bare", "silverdale", "galgate", "caton", "lune", "wyre", "fylde", "peninsula"),
    *("uhmbt", "uhmb", "lcft", "cpft", "general", "royal", "sands", "coniston", "hawkshead"),
    *("bowness", "mint", "cake", "bypass", "midland", "eric", "ashton", "memorial", "knott"),
    *("scafell", "pike", "fell", "lake", "abbey", "castle", "lunesdale", "dent", "university"),
)
# What people put between such words, and in place of their letters.
LINKS = ("and", "over", "the", "for", "with", "upon")
DISGUISES = str.maketrans("013457@$", "oieastas")
# So many other characters make a password of our words as good as one without them.
ENOUGH_BESIDES = 8


class HardToGuessValidator:
    """Refuses a password that zxcvbn would guess, given our words and the person's own."""

    def validate(self, password, user=None):
        words = _words(user)
        if _is_made_of(words, password):
            raise ValidationError(f"{OF_OUR_WORDS}. {HINT}", code="password_easy_to_guess")
        found = zxcvbn(password[:LONGEST_READ], user_inputs=words)
        if found["score"] < ENOUGH:
            raise ValidationError(
                f"{_reason(found['sequence'])}. {HINT}", code="password_easy_to_guess"
            )

    def get_help_text(self):
        return HINT


def _words(person):
    """Our words, the names of partners and what the person is called, as words and run together."""
    names = list(PartnerName.objects.values_list("name", flat=True))
    if person:
        names += [person.name, person.email.partition("@")[0], person.email]
    parts = {word for name in names if name for word in re.findall(r"\w{3,}", name.lower())}
    joined = {re.sub(r"\W", "", name.lower()) for name in names if name}
    return [*OUR_WORDS, *sorted(parts | joined)]


def _is_made_of(words, password):
    """Whether a password has little else than such words, which zxcvbn adds up as if by chance."""
    plain = password.lower().translate(DISGUISES)
    known = sorted({*words, *LINKS}, key=len, reverse=True)
    left = re.sub("|".join(map(re.escape, known)), " ", plain)
    return left != plain and len(re.sub(r"\s", "", left)) < ENOUGH_BESIDES


def _reason(sequence):
    """What made a password easy to guess, from the parts that zxcvbn took it to pieces in."""
    if any(part.get("dictionary_name") == "user_inputs" for part in sequence):
        return OF_OUR_WORDS
    return (
        "This password is easy to guess: others use one like it, or it is a row of keys or numbers"
    )
