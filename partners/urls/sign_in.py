"""The addresses for signing in, under the names that allauth uses. There is none to sign up."""

from allauth.account import views as account
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as key
from django.urls import path, re_path

from partners.views import sign_in

urlpatterns = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/second-step/", sign_in.SecondStepView.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", sign_in.PasskeyView.as_view(), name="mfa_login_webauthn"),
    path("sign-in/closed/", account.account_inactive, name="account_inactive"),
    path("sign-out/", account.logout, name="account_logout"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("confirm/code/", second_step.reauthenticate, name="mfa_reauthenticate"),
    path("confirm/key/", key.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/forgotten/", account.password_reset, name="account_reset_password"),
    path(
        "password/forgotten/sent/",
        account.password_reset_done,
        name="account_reset_password_done",
    ),
    path(
        "password/new/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("second-step/", second_step.index, name="mfa_index"),
    path("second-step/app/", sign_in.AppView.as_view(), name="mfa_activate_totp"),
    path("second-step/app/remove/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-step/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "second-step/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
    path("second-step/keys/", key.list_webauthn, name="mfa_list_webauthn"),
    path("second-step/keys/add/", sign_in.KeyView.as_view(), name="mfa_add_webauthn"),
    path("second-step/keys/<int:pk>/", key.edit_webauthn, name="mfa_edit_webauthn"),
    path(
        "second-step/keys/<int:pk>/remove/",
        sign_in.RemoveKeyView.as_view(),
        name="mfa_remove_webauthn",
    ),
]
