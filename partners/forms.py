"""The forms for signing in, for looking after accounts and for the history."""

from contextlib import suppress
from datetime import timedelta
from unicodedata import decimal

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.base import forms as second_step
from allauth.mfa.totp import forms as app
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.webauthn import forms as key
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Q

from bhcp_portal.kit import history
from bhcp_portal.kit.dates import end_of, first_second
from bhcp_portal.kit.editor.forms import require_newer, require_source
from bhcp_portal.kit.editor.proposal import Why
from bhcp_portal.kit.fields import (
    SeenField,
    choice_field,
    date_field,
    several_field,
    text_field,
)
from bhcp_portal.kit.finding import reads_like
from partners import encryption
from partners.models import Partner, SecurityEvent, User
from partners.roles import Role

HOW_LONG = "At least 12 characters. Three words in a row that nobody would guess are a good way."
REASON_LENGTH = 10
WHOLE_ADDRESS = "Enter a whole email address, like name@example.org"
# A code is accepted for half a minute before and after its own half minute. In all that time it
# must not be used twice.
SECONDS_A_CODE_LIVES = 3 * 30


class _WithOurWords(forms.Form):
    """Puts our labels, hints and errors on the fields of an allauth form."""

    words = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, (label, hint, missing) in self.words.items():
            field = self.fields[name]
            field.label, field.help_text = label, hint
            field.error_messages["required"] = missing
            field.widget.attrs.pop("placeholder", None)


# -- signing in -------------------------------------------------------------------------------------


class SignInForm(_WithOurWords, account.LoginForm):
    words = {
        "login": ("Email address", "", "Enter your email address"),
        "password": ("Password", "", "Enter your password"),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["login"].error_messages["invalid"] = (
            "Enter an email address, like name@example.org"
        )


class PasswordAgainForm(_WithOurWords, account.ReauthenticateForm):
    words = {"password": ("Password", "", "Enter your password")}


class ChangePasswordForm(_WithOurWords, account.ChangePasswordForm):
    words = {
        "oldpassword": ("Password now", "", "Enter the password you use now"),
        "password1": ("New password", HOW_LONG, "Enter a new password"),
        "password2": ("New password again", "", "Enter the new password again"),
    }


class PasswordLinkForm(_WithOurWords, account.ResetPasswordForm):
    words = {"email": ("Email address", "", "Enter your email address")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].error_messages["invalid"] = (
            "Enter an email address, like name@example.org"
        )


class NewPasswordForm(_WithOurWords, account.ResetPasswordKeyForm):
    words = {
        "password1": ("New password", HOW_LONG, "Enter a new password"),
        "password2": ("New password again", "", "Enter the new password again"),
    }


class JoinForm(forms.Form):
    """An invited person chooses a password."""

    password1 = forms.CharField(
        label="Password",
        help_text=HOW_LONG,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter a password"},
    )
    password2 = forms.CharField(
        label="Password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter the password again"},
    )

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_password1(self):
        validate_password(self.cleaned_data["password1"], self.person)
        return self.cleaned_data["password1"]

    def clean(self):
        first, second = self.cleaned_data.get("password1"), self.cleaned_data.get("password2")
        if first and second and first != second:
            self.add_error("password2", "Enter the same password twice")
        return self.cleaned_data


# -- the second step --------------------------------------------------------------------------------


def digits(typed):
    """A code as its digits alone, whatever script they are in and whatever stands between them.

    Letters stay, so that a word is never taken for a code.
    """
    kept = (char for char in typed if char.isalnum())
    return "".join(str(decimal(char)) if char.isdecimal() else char for char in kept)


def use_up(person, code):
    """Mark a code as used; ``False`` if it was used before, while it could still be accepted."""
    return cache.add(f"code-used:{person.pk}:{code[:20]}", True, SECONDS_A_CODE_LIVES)


class _Code(_WithOurWords):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # ``digits`` leaves out what stands between them, seen or not.
        self.fields["code"].validators = [
            each
            for each in self.fields["code"].validators
            if not isinstance(each, ProhibitNullCharactersValidator)
        ]
        self.fields["code"].widget.attrs |= {
            "inputmode": "numeric",
            "autocapitalize": "none",
            "spellcheck": "false",
            "class": "nhsuk-input--width-10",
        }


class _CodeOnce(_Code):
    """A code that signs in or confirms. The first try uses it up, whether or not it is right."""

    words = {
        "code": (
            "Code",
            "Six digits from the app, or one of your recovery codes",
            "Enter the code from your app",
        )
    }

    def clean_code(self):
        code = digits(self.cleaned_data["code"])
        # A code that was used is no code at all: it is counted as wrong, and clears no count.
        self.cleaned_data["code"] = code if use_up(self.user, code) else ""
        return super().clean_code()


class CodeForm(_CodeOnce, second_step.AuthenticateForm):
    pass


class CodeAgainForm(_CodeOnce, second_step.ReauthenticateForm):
    pass


class AppForm(_Code, app.ActivateTOTPForm):
    """Between showing the app's secret and its first code, the session keeps it encrypted.

    What no key of ours reads is thrown away: the page comes back with a new square to scan.
    """

    words = {"code": ("Code that the app shows", "Six digits", "Enter the code that the app shows")}

    def __init__(self, *args, **kwargs):
        session = context.request.session
        # allauth reads and writes the session itself, so it is handed the plain secret; no session
        # is saved before it is encrypted again below.
        if kept := session.pop(SECRET_SESSION_KEY, None):
            with suppress(encryption.UnreadableError):
                session[SECRET_SESSION_KEY] = encryption.decrypt(kept)
        super().__init__(*args, **kwargs)
        session[SECRET_SESSION_KEY] = encryption.encrypt(self.secret)

    def clean_code(self):
        self.cleaned_data["code"] = digits(self.cleaned_data["code"])
        code = super().clean_code()
        use_up(self.user, code)
        return code


class RemoveAppForm(app.DeactivateTOTPForm):
    pass


class KeyForm(_WithOurWords, key.AddWebAuthnForm):
    words = {
        "name": ("Name for the key", "To tell it from others, like “Blue key” or “My phone”", ""),
        "credential": ("", "", "Press “Add the key” and do what your browser says"),
        "passwordless": (
            "Sign in with this key alone",
            "The key then asks for a PIN or your finger each time, and you need no password",
            "",
        ),
    }


class KeyNameForm(_WithOurWords, key.EditWebAuthnForm):
    words = {"name": ("Name for the key", "", "Enter a name")}


# -- looking after people ---------------------------------------------------------------------------


FOR_ALL = "all"


class _RoleFields(forms.Form):
    role = forms.ChoiceField(
        label="Role",
        choices=Role.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role"},
    )
    held_for = forms.ChoiceField(
        label="Held for",
        help_text="What the role may do, it may do for this partner",
        error_messages={"required": "Choose whom the role is held for"},
    )

    def __init__(self, *args, partners, may_give_for_all, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choice_hints = ROLE_HINTS
        self.partners = {str(partner.pk): partner for partner in partners}
        self.fields["held_for"].choices = [
            ("", "Choose a partner"),
            *([(FOR_ALL, "All partners")] if may_give_for_all else []),
            *((pk, partner.name) for pk, partner in self.partners.items()),
        ]

    def clean_held_for(self):
        """The partner that the role is held for; ``None`` for all."""
        return self.partners.get(self.cleaned_data["held_for"])


ROLE_HINTS = {
    Role.PROGRAMME_EDITOR: "Writes status updates and moves milestones",
    Role.PROGRAMME_APPROVER: "Approves or returns status updates and milestones",
    Role.DATA_STEWARD: "Sends and approves figures, measures and targets",
    Role.NEWS_EDITOR: "Writes news",
    Role.NEWS_PUBLISHER: "Approves, publishes and withdraws news",
    Role.ENGAGEMENT_OFFICER: "Reads programmes and news",
    Role.COMMITTEE_OFFICER: "Reads programmes and news",
    Role.RECORD_KEEPER: "Adds, corrects and approves what is on the record: partners, communities, "
    "programmes and sources",
    Role.AUDITOR: "Reads everything, changes nothing",
    Role.ADMINISTRATOR: "Invites people, gives and ends roles, removes words",
}


class InviteForm(_RoleFields):
    name = forms.CharField(
        label="Full name", max_length=150, error_messages={"required": "Enter the person’s name"}
    )
    email = forms.EmailField(
        label="Email address",
        help_text="The invitation goes there, and they sign in with it",
        error_messages={
            "required": "Enter an email address",
            "invalid": "Enter an email address, like name@example.org",
        },
    )
    partner = forms.ModelChoiceField(
        Partner.objects.none(),
        label="Works for",
        required=False,
        empty_label="None of the partners",
    )

    field_order = ("partner", "name", "email", "role", "held_for")

    def __init__(self, *args, partners, may_give_for_all, **kwargs):
        super().__init__(*args, partners=partners, may_give_for_all=may_give_for_all, **kwargs)
        self.fields["partner"].queryset = partners
        self.fields["partner"].label_from_instance = lambda partner: partner.name
        if not may_give_for_all:
            self.fields["partner"].required = True
            self.fields["partner"].empty_label = "Choose a partner"
            self.fields["partner"].error_messages["required"] = "Choose a partner"

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("There is an account with this address already")
        return email


class GiveRoleForm(_RoleFields):
    starts_on = date_field("First day", needed="Enter the first day", exact=True)
    last_day = date_field("Last day (optional)", "Leave empty if it has no end", exact=True)

    is_lead = forms.BooleanField(
        label="They lead for this partner",
        required=False,
        help_text="One person does. Each quarter they confirm who there still needs an account",
    )

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_starts_on(self):
        if self.cleaned_data["starts_on"] < self.today:
            raise forms.ValidationError("Enter today or a later day")
        return self.cleaned_data["starts_on"]

    def clean(self):
        first, last = self.cleaned_data.get("starts_on"), self.cleaned_data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "Enter the first day or a later one")
        return self.cleaned_data


class ReasonForm(forms.Form):
    """The reason for a change to a person's account; the history keeps it."""

    reason = forms.CharField(
        label="Why?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why"},
    )

    def clean_reason(self):
        reason = self.cleaned_data["reason"].strip()
        if len(reason) < REASON_LENGTH:
            raise forms.ValidationError(f"Say why in at least {REASON_LENGTH} characters")
        return reason


# -- the history ------------------------------------------------------------------------------------


class PersonField(forms.CharField):
    """Who, by any words of their name or email address: the addresses of the people that are meant."""

    def __init__(self):
        super().__init__(label="Who, by name or email address", required=False, max_length=254)

    def clean(self, value):
        words = super().clean(value)
        if not words:
            return []
        people = User.objects.order_by("email")
        for word in words.split():
            people = people.filter(Q(name__icontains=word) | Q(email__icontains=word))
        if found := list(people.values_list("email", flat=True)):
            return found
        # Of who has no account any more the history keeps the whole address.
        if "@" in words:
            forms.EmailField(error_messages={"invalid": WHOLE_ADDRESS}).clean(words)
            return [words]
        raise forms.ValidationError("Nobody here has this name. Enter a name or email address")


class _FilterForm(forms.Form):
    """Filters by person and day; the days are the first and the last that are shown."""

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day is before the first. Enter a later one")
        return self.cleaned_data


class HistoryForm(_FilterForm):
    """The filters of the history.

    ``models``: a dict from label to tracked model, of which the changes are shown.
    """

    what = forms.ChoiceField(label="What", required=False)
    who = PersonField()
    since = date_field("From this day", exact=True)
    until = date_field("To this day", exact=True)
    row = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, models, **kwargs):
        super().__init__(*args, **kwargs)
        self.models = models
        kinds = [(label, history.called(model)[1]) for label, model in models.items()]
        self.fields["what"].choices = [("", "Everything"), *kinds]

    def events(self):
        """The changes asked for, as ``history.events``; none where a filter can't be read."""
        if not self.is_valid():
            return []
        asked = self.cleaned_data
        label, since, until = (asked[name] for name in ("what", "since", "until"))
        return history.events(
            [label] if label else self.models,
            pk=asked["row"] if label else None,
            by=asked["who"],
            with_proposals=True,
            since=since and first_second(since),
            until=until and end_of(until),
        )

    @property
    def is_of_one_row(self):
        """Whether the changes of one row alone are asked for."""
        return self.is_valid() and bool(self.cleaned_data["what"] and self.cleaned_data["row"])


class SecurityForm(_FilterForm):
    """The filters of the security log."""

    what = forms.ChoiceField(
        label="What", required=False, choices=[("", "Everything"), *SecurityEvent.What.choices]
    )
    who = PersonField()
    since = date_field("From this day", exact=True)
    until = date_field("To this day", exact=True)

    def events(self):
        """The lines asked for, the newest first; none where a filter can't be read."""
        found = SecurityEvent.objects.select_related("by", "person")
        if not self.is_valid():
            return found.none()
        asked = self.cleaned_data
        if asked["what"]:
            found = found.filter(what=asked["what"])
        if asked["since"]:
            found = found.filter(at__gte=first_second(asked["since"]))
        if asked["until"]:
            found = found.filter(at__lte=end_of(asked["until"]))
        return found.about(asked["who"]) if asked["who"] else found


class RedactForm(forms.Form):
    """Which words of a statement to remove for good, and why.

    ``fields``: tuples (name, label, words) of the fields that hold words.
    """

    words = forms.MultipleChoiceField(
        label="Words to remove",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose the words to remove"},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="Everybody can read this in place of the words. Do not repeat them here",
        max_length=150,
        error_messages={"required": "Say why"},
    )

    def __init__(self, *args, fields, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["words"].choices = [
            (name, str(label).capitalize()) for name, label, _ in fields
        ]
        self.fields["words"].choice_hints = {
            name: ", ".join(value) if isinstance(value, list) else value
            for name, _, value in fields
        }


LAST_DAY_PAST = "Enter today or a later day, or leave this empty"


def last_day_field(label):
    """A field for the last day on which people may sign in; nobody has to write it."""
    hint = "Left empty, it is the last day before, or today if that is past"
    return date_field(f"{label} (optional)", hint, exact=True)


class PeopleForm(forms.Form):
    """Until when the people of partners that leave may sign in: a field by each partner's code.

    ``leaving``: a ``changing.Leaving`` each. Left empty, the field gives the usual day.
    """

    seen = SeenField()

    def __init__(self, *args, leaving, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.leaving, self.today = {each.partner.code: each for each in leaving}, today
        for code, each in self.leaving.items():
            label = f"Until which day may the people of {each.partner.name} sign in?"
            self.fields[code] = last_day_field(label)

    def clean(self):
        cleaned = super().clean()
        for code, each in self.leaving.items():
            if code in cleaned:
                cleaned[code] = cleaned[code] or each.usual_last_day
                if cleaned[code] < self.today:
                    self.add_error(code, LAST_DAY_PAST)
        return cleaned


class _PartnerChangeForm(forms.Form):
    """What the changes of a partner ask alike, and what they rest on.

    ``members`` and ``others``: pairs of a code and a name, of partners now and of other bodies.
    ``today``: the day of the request, from which on a last day is.
    """

    why = forms.ChoiceField(
        choices=[(each.value, each.label) for each in (Why.DOCUMENT, Why.NOW)],
        widget=forms.HiddenInput,
    )
    source = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, members, today, others=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.members, self.others, self.today = members, list(others), today
        self.fields["partner"] = choice_field(
            "Which partner?",
            [("", "Choose one"), *members],
            needed="Choose the partner",
            widget=forms.Select,
        )
        self.ask()

    def ask_day(self, label):
        self.fields["day"] = date_field(
            label, "It may be still to come", needed="Say on which day", exact=True
        )

    def ask_last_day(self):
        self.fields["last_day"] = last_day_field("Until which day may its people sign in?")

    def clean(self):
        cleaned = super().clean()
        require_source(self, cleaned)
        if "last_day" in cleaned and cleaned.get("day"):
            # Who has signed in today has done so.
            before = cleaned["day"] - timedelta(days=1)
            cleaned["last_day"] = cleaned["last_day"] or max(before, self.today)
            if cleaned["last_day"] < self.today:
                self.add_error("last_day", LAST_DAY_PAST)
        return cleaned


class PartnerLeaveForm(_PartnerChangeForm):
    """A partner leaves the partnership."""

    def ask(self):
        self.ask_day("First day on which it no longer belongs")
        self.fields["reason"] = text_field(
            "Why does it leave?", "Readers see this", needed="Say why it leaves", length=300
        )
        self.ask_last_day()


class PartnerRejoinForm(_PartnerChangeForm):
    """A body that left the partnership joins again. ``former``: what stands of each membership."""

    def __init__(self, *args, former, others=(), **kwargs):
        self.former = {each.partner.code: each for each in former}
        left = [each for each in others if each[0] in self.former]
        super().__init__(*args, **kwargs | {"members": left})

    def ask(self):
        self.fields["partner"].label = "Which body joins again?"
        self.ask_day("First day on which it belongs again")
        self.fields["reason"] = text_field(
            "Why does it join again?",
            "Readers see this",
            needed="Say why it joins again",
            length=300,
        )

    def clean(self):
        cleaned = super().clean()
        before, day = self.former.get(cleaned.get("partner")), cleaned.get("day")
        if before and day and day < before.left_on:
            sentence = (
                f"It belonged until it left {before.left_words}. Choose that day or a later one"
            )
            self.add_error("day", sentence)
        return cleaned


class PartnerRenameForm(_PartnerChangeForm):
    """A partner gets another name."""

    def ask(self):
        self.fields["name"] = text_field("New name", needed="Write the new name", length=200)
        self.fields["short_name"] = text_field("Short name (optional)", length=60)
        self.ask_day("First day of the new name")

    def clean(self):
        cleaned = super().clean()
        for code, called in self.members:
            is_other = code != cleaned.get("partner")
            if is_other and reads_like(called) == reads_like(cleaned.get("name", "")):
                sentence = f"Another partner is called “{called}” already. Write another name"
                self.add_error("name", sentence)
        return cleaned


class PartnerSucceedForm(_PartnerChangeForm):
    """Another body follows a partner."""

    def ask(self):
        self.fields["successor"] = choice_field(
            "Which partner follows it?",
            [*self.members, *self.others],
            "If it is not in the list, add it first, or write its name below",
            empty="None of these",
            widget=forms.Select,
        )
        self.fields["successor_name"] = text_field(
            "Body that follows, if it is no partner (optional)", length=200
        )
        self.fields["words"] = text_field(
            "What happens?",
            "In one sentence. Readers see this. Such as: It closed, and the trust took on its work",
            needed="Say what happens",
            length=300,
        )
        self.ask_day("On which day?")
        self.ask_last_day()

    def clean(self):
        cleaned = super().clean()
        successor = cleaned.get("successor")
        if successor and successor == cleaned.get("partner"):
            self.add_error("successor", "Choose another: no partner follows itself")
        if "successor" in cleaned and bool(successor) == bool(cleaned.get("successor_name")):
            sentence = "Choose a partner above or write a name here: one of the two"
            self.add_error("successor_name", sentence)
        return cleaned


class PartsForm(forms.Form):
    """Which parts in programmes go to the partner that follows."""

    def __init__(self, *args, parts, name, dated, ended, **kwargs):
        super().__init__(*args, **kwargs)
        self.dated, self.ended = dated, ended
        if parts and name:
            self.fields["moved"] = several_field(
                f"Parts in programmes that go to {name}",
                [(each.key, each.words) for each in parts],
                "What is not ticked ends on the day, and goes nowhere",
            )
            self.fields["moved"].initial = [each.key for each in parts]

    def clean(self):
        cleaned = super().clean()
        require_newer(self, self.dated, self.ended)
        return cleaned
