"""The parts of django-allauth that are open: sign in and out, the password, second factors. Nobody signs up."""

from allauth.account import views
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path
from django.views.generic import RedirectView

from tickets.views import signing_in
from tickets.views.account import SignIn

urlpatterns = [
    path("login/", SignIn.as_view(), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", signing_in.ForgottenPassword.as_view(), name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        signing_in.NewPassword.as_view(),
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    # Second factors; allauth finds its pages by these names
    path("security/", signing_in.Security.as_view(), name="mfa_index"),
    path("security/code/", factors.authenticate, name="mfa_authenticate"),
    path("security/code/again/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("security/app/", app.activate_totp, name="mfa_activate_totp"),
    path("security/app/remove/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("security/codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("security/codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("security/codes/file/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("security/passkeys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("security/passkeys/new/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("security/passkeys/<int:pk>/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("security/passkeys/<int:pk>/remove/", signing_in.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("security/passkeys/again/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("login/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("login/second-factor/", signing_in.set_up, name="second_factor_set_up"),
    path("login/second-factor/passkey/", signing_in.set_up_passkey, name="second_factor_passkey"),
    path("login/second-factor/codes/", signing_in.codes, name="second_factor_codes"),
    path("sessions/", signing_in.session_list, name="sessions"),
    path("sessions/others/end/", signing_in.end_other_sessions, name="end_other_sessions"),
    path("sessions/<int:number>/end/", signing_in.end_session, name="end_session"),
]
