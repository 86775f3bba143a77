from allauth.account.views import account_inactive
from allauth.socialaccount import views as identities
from django.apps import apps
from django.urls import include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from accounts.views import (
    activity,
    consents,
    deleting,
    exports,
    held,
    hooks,
    keys,
    notifications,
    outside,
    photo,
    profile,
    recycling,
    reports,
    retention,
    signing,
    ways_in,
)
from accounts.views.console import (
    accounts,
    correction,
    deletion,
    developer,
    disclosure,
    home,
    incidents,
    policies,
    review,
    roles,
    sub_processors,
    suspension,
    texts,
)
from accounts.views.console import reports as triage

own = [
    path("sign-in/", signing.sign_in, name="sign_in"),
    path("sign-out/", signing.sign_out, name="sign_out"),
    path("photo/", photo.photo, name="photo"),
    path("settings/sign-in/", ways_in.ways_in, name="identities"),
    path("settings/sign-in/<int:pk>/unlink/", ways_in.unlink, name="unlink"),
    path("settings/sign-in/sessions/<uuid:pk>/end/", ways_in.end_session, name="end_session"),
    path("settings/sign-in/sessions/end-others/", ways_in.end_other_sessions, name="end_other_sessions"),
    path("hooks/acs/", hooks.acs_events, name="acs_events"),
    path("settings/", profile.profile, name="settings"),
    path("settings/number/", profile.send_code, name="send_code"),
    path("settings/number/code/", profile.check_code, name="check_code"),
    path("settings/number/remove/", profile.remove_number, name="remove_number"),
    path("settings/notifications/", notifications.notifications, name="notifications"),
    path("settings/api-keys/", keys.keys, name="keys"),
    path("settings/api-keys/<uuid:pk>/revoke/", keys.revoke, name="revoke_key"),
    path("settings/api-keys/<uuid:pk>/resume/", keys.resume, name="resume_key"),
    path("settings/activity/", activity.activity, name="activity"),
    path("settings/activity/export/", activity.export, name="export_activity"),
    path("settings/delete/", deleting.delete_account, name="delete_account"),
    path("deleted/", deleting.deleted, name="deleted"),
    path("settings/retention/", retention.retention, name="retention"),
    path("settings/recycle-bin/", recycling.recycle_bin, name="bin"),
    path("settings/recycle-bin/empty/", recycling.empty, name="empty_bin"),
    path("settings/recycle-bin/<slug:what>/<uuid:pk>/restore/", recycling.restore, name="restore"),
    path("settings/recycle-bin/<slug:what>/<uuid:pk>/purge/", recycling.purge, name="purge"),
    path("settings/consent/", consents.consents, name="consents"),
    path("settings/export/", exports.data_export, name="data_export"),
    path("settings/export/<uuid:pk>/<int:until>/<str:signature>/", exports.download, name="download_export"),
    path("settings/held/", held.held, name="held"),
    path("settings/reports/", reports.own, name="reports"),
    path("report/", reports.report, name="report"),
]

console = [
    path("", home.home, name="home"),
    path("accounts/", accounts.search, name="accounts"),
    path("accounts/<uuid:pk>/", accounts.account, name="account"),
    path("accounts/<uuid:pk>/correction/", correction.correction, name="correction"),
    path("accounts/<uuid:pk>/suspension/", suspension.suspension, name="suspension"),
    path("accounts/<uuid:pk>/restoration/", suspension.restoration, name="restoration"),
    path("accounts/<uuid:pk>/developer/", developer.developer, name="developer"),
    path("accounts/<uuid:pk>/deletion/", deletion.deletion, name="deletion"),
    path("accounts/<uuid:pk>/disclosure/", disclosure.disclosure, name="disclosure"),
    path("reports/", triage.reports, name="reports"),
    path("reports/new/", triage.new_report, name="new_report"),
    path("reports/<uuid:pk>/", triage.report, name="report"),
    path("roles/", roles.roles, name="roles"),
    path("roles/<uuid:pk>/take/", roles.take, name="take_role"),
    path("review/", review.review, name="review"),
    path("review/<uuid:pk>/confirm/", review.confirm, name="confirm_role"),
    path("policies/", policies.policies, name="policies"),
    path("policies/new/", policies.new, name="new_policy"),
    path("policies/<uuid:pk>/", policies.policy, name="policy"),
    path("policies/<uuid:pk>/edit/", policies.edit, name="edit_policy"),
    path("policies/<uuid:pk>/send/", policies.start, name="send_policy"),
    path("policies/<uuid:pk>/discard/", policies.discard, name="discard_policy"),
    path("texts/", texts.texts, name="texts"),
    path("texts/<slug:document>/new/", texts.new_text, name="new_text"),
    path("texts/<uuid:pk>/", texts.text, name="text"),
    path("texts/<uuid:pk>/withdraw/", texts.withdraw_text, name="withdraw_text"),
    path("sub-processors/", sub_processors.sub_processors, name="sub_processors"),
    path("sub-processors/new/", sub_processors.new_sub_processor, name="new_sub_processor"),
    path("sub-processors/<uuid:pk>/", sub_processors.sub_processor, name="sub_processor"),
    path("sub-processors/<uuid:pk>/activate/", sub_processors.activate_sub_processor, name="activate_sub_processor"),
    path("sub-processors/<uuid:pk>/withdraw/", sub_processors.withdraw_sub_processor, name="withdraw_sub_processor"),
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/new/", incidents.new, name="new_incident"),
    path("incidents/<uuid:pk>/", incidents.incident, name="incident"),
    path("incidents/<uuid:pk>/edit/", incidents.edit, name="edit_incident"),
    path("incidents/<uuid:pk>/send/", incidents.start, name="send_incident"),
    path("incidents/<uuid:pk>/discard/", incidents.discard, name="discard_incident"),
]

# The names that allauth itself asks for. Its pages for passwords, sign-up and recovery are not among them (S-013).
from_outside = [
    path("login/", require_safe(RedirectView.as_view(pattern_name="accounts:sign_in", query_string=True)), name="account_login"),
    path("inactive/", account_inactive, name="account_inactive"),
    path("cancelled/", identities.login_cancelled, name="socialaccount_login_cancelled"),
    path("error/", identities.login_error, name="socialaccount_login_error"),
    path("google/login/", outside.google, name="google_login"),
    path("google/login/callback/", outside.google_back, name="google_callback"),
    path("github/login/", outside.github, name="github_login"),
    path("github/login/callback/", outside.github_back, name="github_callback"),
    path("microsoft/login/", outside.microsoft, name="microsoft_login"),
    path("microsoft/login/callback/", outside.microsoft_back, name="microsoft_callback"),
]
if apps.is_installed("allauth.socialaccount.providers.dummy"):
    from_outside.append(path("", include("allauth.socialaccount.providers.dummy.urls")))

urlpatterns = [
    path("", include((own, "accounts"))),
    path("console/", include((console, "console"))),
    path("accounts/", include(from_outside)),
]
