"""How allauth works here: people sign in by email, with a second step, and by invitation alone."""

import logging
from datetime import timedelta

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.html import format_html

from bhcp_portal.kit import throttling
from bhcp_portal.kit.access import (
    FACTORS,
    SessionLimitMiddleware,
    factor_given_at,
    has_given_factor_lately,
    has_given_password_lately,
)
from bhcp_portal.kit.http import wait_page
from partners import actions, encryption, tasks
from partners.models import SignIn, User, site_name

logger = logging.getLogger(__name__)
Outcome = SignIn.Outcome
Type = Authenticator.Type

# An internet address from which a person signed in within this time counts as known to them.
# Wrong passwords from unknown addresses then do not make them wait there.
KNOWN_FOR = timedelta(days=90)
# What stands for an address that is not known: the unspecified address, which nobody can have.
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  nothing listens there
# The cookie of staff pages by which a browser is known, with the signed numbers of who used it.
DEVICE_COOKIE = "known-device"

NOTICES = {
    "account/email/password_changed": "Your password was changed",
    "account/email/password_reset": "Your password was changed by a link from an email",
    "mfa/email/totp_activated": "An app was added as your second step for signing in",
    "mfa/email/totp_deactivated": "The app was removed as a second step for signing in",
    "mfa/email/webauthn_added": "A key was added for signing in",
    "mfa/email/webauthn_removed": "A key for signing in was removed",
    "mfa/email/recovery_codes_generated": "New recovery codes were made; the old ones no longer work",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed.",
        "email_password_mismatch": "Check your email address and your password: one of them is not right",
        "enter_current_password": "Enter the password you use now",
        "incorrect_password": "Check your password: it is not right",
        "invalid_password_reset": "This link has been used or is too old",
        "too_many_login_attempts": "There were too many wrong codes. Try again in 15 minutes",
        "rate_limited": "There were too many tries. Wait a minute and try again",
    }

    def is_open_for_signup(self, request):
        """Never: accounts come by invitation alone."""
        return False

    # -- who is asking ------------------------------------------------------------------------------

    def get_client_ip(self, request):
        """The visitor's internet address as the web server saw it, or ``UNKNOWN_ADDRESS``."""
        return get_client_ip(request) or UNKNOWN_ADDRESS

    # -- signing in ---------------------------------------------------------------------------------

    def pre_authenticate(self, request, **credentials):
        """Does nothing. ``authenticate`` counts failures instead of allauth.

        Its count does not depend on the host name or on the cache.
        """

    def authenticate(self, request, **credentials):
        """The person with this email and password, or ``None``.

        Failures are counted for each account. After too many, ``ImmediateHttpResponse`` answers
        with the page that says how long to wait.
        """
        at, tried = request.moment.at, self._tried(request, credentials["email"])
        wait = throttling.begin_attempt(tried, at=at)
        if wait:
            record_lock_out(
                request, User.objects.filter(email=credentials["email"].lower()).first()
            )
            raise ImmediateHttpResponse(too_many(request, wait))
        person = super().authenticate(request, **credentials)
        if person:
            throttling.cancel_failure(tried, at=at)
        return person

    def authentication_failed(self, request, **credentials):
        person = User.objects.filter(email=credentials["email"].lower()).first()
        if person:
            record_sign_in(request, person, Outcome.WRONG_PASSWORD)

    def _tried(self, request, email):
        """What failures are counted for: the account, and the address if it is known for it.

        For each account, tries from all unknown addresses are counted together.
        """
        address = self.get_client_ip(request)
        known = address != UNKNOWN_ADDRESS and (
            SignIn.objects.succeeded()
            .filter(
                person__email=email.lower(),
                address=address,
                at__gte=request.moment.at - KNOWN_FOR,
            )
            .exists()
        )
        return f"password {email.lower()} {address if known else 'elsewhere'}"

    def login(self, request, user):
        super().login(request, user)
        SessionLimitMiddleware.begin(request)
        record_sign_in(request, user, _outcome(request, user))

    def post_login(self, request, user, **kwargs):
        """Email the person if this browser is new to them, unless it is the first they ever used."""
        response = super().post_login(request, user, **kwargs)
        known = request.get_signed_cookie(DEVICE_COOKIE, "", max_age=KNOWN_FOR).split("-")
        if str(user.pk) not in known and user.sign_ins.succeeded().count() > 1:
            address = address_of(request)
            what = "There was a sign-in to your account from a new device"
            actions.notify(
                person=user,
                what=f"{what}, internet address {address}" if address else what,
                at=request.moment.at,
            )
        response.set_signed_cookie(
            DEVICE_COOKIE,
            "-".join(sorted({*filter(None, known), str(user.pk)})),
            max_age=KNOWN_FOR,
            path="/staff/",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    # -- asking again -------------------------------------------------------------------------------

    def is_reauthentication_required(self, *, app, **kwargs):
        """Whether the person must confirm who they are once more.

        Not if they gave their second step lately. If they have none yet, their password is enough.
        """
        if has_given_factor_lately(self.request):
            return False
        if factor_given_at(self.request) or _has_factor(self.request.user):
            return True
        return not has_given_password_lately(self.request)

    def get_reauthentication_methods(self, user):
        """The second steps that a person has; only without any, the password."""
        methods = super().get_reauthentication_methods(user)
        factors = [method for method in methods if method["id"] != "reauthenticate"]
        words = {
            "reauthenticate": "Use your password",
            "mfa_reauthenticate": "Use a code",
            "mfa_reauthenticate:webauthn": "Use a key",
        }
        return [method | {"description": words[method["id"]]} for method in factors or methods]

    # -- passwords and emails -----------------------------------------------------------------------

    def set_password(self, user, password):
        super().set_password(user, password)
        throttling.forget_failures(self._tried(self.request, user.email))

    def send_password_reset_mail(self, user, email, context):
        if user.has_usable_password():
            tasks.send_password_link.enqueue(user.pk)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        actions.note_own_change(
            person=user,
            what=NOTICES[template_prefix],
            address=address_of(self.request),
            at=self.request.moment.at,
        )


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "Add another second step before you remove this one: "
        "you cannot be without",
        "cannot_generate_recovery_codes": "Set up an app or a key first",
        "unreadable": "Your second step can no longer be checked. Ask an administrator to reset it",
        "incorrect_code": "Check the code: it is not right, or too old",
    }

    def get_totp_issuer(self):
        """What apps for codes show beside the address: the name of this portal."""
        return site_name().name

    def build_totp_svg(self, url):
        """The QR code for the app, with classes only: the page's policy forbids inline styles."""
        code = qrcode.QRCode(border=4)
        code.add_data(url)
        rows = code.get_matrix()
        dark = "".join(
            f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, cell in enumerate(row) if cell
        )
        return format_html(
            '<svg class="bhcp-qr" viewBox="0 0 {0} {0}" role="img" '
            'aria-label="Square to scan with the app">'
            '<path class="bhcp-qr__light" d="M0 0h{0}v{0}H0z"/>'
            '<path class="bhcp-qr__dark" d="{1}"/></svg>',
            len(rows),
            dark,
        )

    def encrypt(self, text):
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text):
        try:
            return encryption.decrypt(encrypted_text)
        except encryption.UnreadableError:
            logger.exception(
                "A second step can't be read: was SECRET_KEY changed without SECRET_KEY_FALLBACKS?"
            )
            raise self.validation_error("unreadable") from None

    def can_delete_authenticator(self, authenticator):
        """Whether another second step would remain."""
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=FACTORS)
        return others.exclude(pk=authenticator.pk).exists()

    def generate_authenticator_name(self, user, type):
        return f"Key {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def get_public_key_credential_rp_entity(self):
        return super().get_public_key_credential_rp_entity() | {"name": self.get_totp_issuer()}


def record_sign_in(request, person, outcome):
    """Record how a try to sign in went, and from which internet address it came."""
    actions.record_sign_in(
        person=person, outcome=outcome, address=address_of(request), at=request.moment.at
    )


def record_lock_out(request, person):
    """Record that tries to sign in as a person have to wait; an unknown address is nobody's."""
    if person:
        actions.record_lock_out(person=person, address=address_of(request), at=request.moment.at)


def address_of(request):
    """The visitor's internet address; ``None`` where it is not known."""
    address = AccountAdapter(request).get_client_ip(request)
    return None if address == UNKNOWN_ADDRESS else address


def too_many(request, wait):
    """The page that says how long to wait after wrong passwords."""
    return wait_page(request, wait, "There were too many wrong passwords for this account.")


def _has_factor(person):
    return Authenticator.objects.filter(user=person, type__in=FACTORS).exists()


def _outcome(request, person):
    """How a person signed in, from what allauth recorded in the session."""
    given = [r for r in get_authentication_records(request, person) if r["method"] == "mfa"]
    if not given:
        return Outcome.PASSWORD
    if given[-1].get("passwordless"):
        return Outcome.PASSKEY
    ways = {
        Type.TOTP: Outcome.APP,
        Type.RECOVERY_CODES: Outcome.RECOVERY_CODE,
        Type.WEBAUTHN: Outcome.KEY,
    }
    return ways[given[-1]["type"]]
