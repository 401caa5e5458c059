"""The addresses of accounts. Of allauth's we route those we use; every other one does not exist."""

from allauth.account import views as allauth_views
from django.urls import path, re_path

from accounts.api import own, signing
from accounts.api import people as others
from accounts.views import email, first_admin, landing, people, resets, settings, signup

api_urls = [
    path("signup", signing.Signup.as_view()),
    path("signup/confirmation", signing.SignupConfirmation.as_view()),
    path("login", signing.Login.as_view()),
    path("logout", signing.Logout.as_view()),
    path("me", own.Me.as_view()),
    path("me/quiet_hours", own.OwnQuietHours.as_view()),
    path("me/password", own.Password.as_view()),
    path("tokens", own.Tokens.as_view()),
    path("tokens/<str:token_id>", own.OneToken.as_view()),
    path("sessions", own.Sessions.as_view()),
    path("sessions/<str:session_id>", own.OneSession.as_view()),
    path("users", others.Users.as_view()),
    path("users/<uuid:user_id>", others.OneUser.as_view()),
    path("users/<uuid:user_id>/contacts", others.Contacts.as_view()),
    path("users/<uuid:user_id>/contacts/<uuid:contact_id>", others.OneContact.as_view()),
    path("users/<uuid:user_id>/blocks", others.Blocks.as_view()),
    path("users/<uuid:user_id>/blocks/<uuid:blocked_id>", others.OneBlock.as_view()),
]

page_urls = [
    path("", landing.landing, name="landing"),
    # nginx leaves what follows setup/ out of its log.
    path("setup/<slug:secret>/", first_admin.first_admin, name="first_admin"),
    path("accounts/login/", allauth_views.login, name="account_login"),
    path("accounts/logout/", allauth_views.logout, name="account_logout"),
    path("accounts/signup/", signup.signup, name="account_signup"),
    path("accounts/signup/address/", signup.confirm_address, name="account_confirm_address"),
    # Neither nginx nor a worker writes what follows confirm-email/ into its log.
    path("accounts/confirm-email/<str:key>/", email.confirm_email, name="account_confirm_email"),
    path("accounts/inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/reset/", resets.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", allauth_views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("people/", people.people, name="people"),
    path("people/<uuid:user_id>/", people.person, name="person"),
    path("people/<uuid:user_id>/contact/", people.keep_contact, name="keep_contact"),
    path("people/<uuid:user_id>/contact/remove/", people.remove_contact, name="remove_contact"),
    path("people/<uuid:user_id>/block/", people.block, name="block"),
    path("people/<uuid:user_id>/unblock/", people.unblock, name="unblock"),
    path("settings/", settings.profile, name="settings"),
    path("settings/email/send/", settings.send_email_link, name="send_email_link"),
    path("settings/email/cancel/", settings.cancel_email, name="cancel_email"),
    path("settings/status/", settings.status, name="status"),
    path("settings/privacy/", settings.privacy, name="privacy"),
    path("settings/attention/", settings.attention, name="attention_settings"),
    path("settings/sessions/", settings.sessions, name="sessions"),
    path("settings/sessions/end-others/", settings.end_other_sessions, name="end_other_sessions"),
    path("settings/sessions/<slug:session_id>/end/", settings.end_session, name="end_session"),
    path("settings/tokens/", settings.tokens, name="tokens"),
    path("settings/tokens/<slug:token_id>/revoke/", settings.delete_token, name="delete_token"),
    path("settings/blocked/", settings.blocked, name="blocked"),
    path("settings/password/", settings.password, name="account_change_password"),
]
