from allauth.account.views import account_inactive
from allauth.socialaccount import views as identities
from allauth.urls import build_provider_urlpatterns
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.views import activity, held, profile, reports, signing
from accounts.views.console import (
    accounts,
    developer,
    disclosure,
    home,
    incidents,
    policies,
    review,
    roles,
    suspension,
)
from accounts.views.console import reports as triage

own = [
    path("sign-in/", signing.sign_in, name="sign_in"),
    path("sign-out/", signing.sign_out, name="sign_out"),
    path("settings/", profile.profile, name="settings"),
    path("settings/activity/", activity.activity, name="activity"),
    path("settings/held/", held.held, name="held"),
    path("settings/reports/", reports.own, name="reports"),
    path("report/", reports.report, name="report"),
]

console = [
    path("", home.home, name="home"),
    path("accounts/", accounts.search, name="accounts"),
    path("accounts/<uuid:pk>/", accounts.account, name="account"),
    path("accounts/<uuid:pk>/suspension/", suspension.suspension, name="suspension"),
    path("accounts/<uuid:pk>/restoration/", suspension.restoration, name="restoration"),
    path("accounts/<uuid:pk>/developer/", developer.developer, name="developer"),
    path("accounts/<uuid:pk>/disclosure/", disclosure.disclosure, name="disclosure"),
    path("reports/", triage.reports, name="reports"),
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
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/new/", incidents.new, name="new_incident"),
    path("incidents/<uuid:pk>/", incidents.incident, name="incident"),
    path("incidents/<uuid:pk>/edit/", incidents.edit, name="edit_incident"),
    path("incidents/<uuid:pk>/send/", incidents.start, name="send_incident"),
    path("incidents/<uuid:pk>/discard/", incidents.discard, name="discard_incident"),
]

# The names that allauth itself asks for. Its pages for passwords, sign-up and recovery are not among them (S-010).
outside = [
    path("login/", RedirectView.as_view(pattern_name="accounts:sign_in", query_string=True), name="account_login"),
    path("inactive/", account_inactive, name="account_inactive"),
    path("cancelled/", identities.login_cancelled, name="socialaccount_login_cancelled"),
    path("error/", identities.login_error, name="socialaccount_login_error"),
    path("address/", identities.signup, name="socialaccount_signup"),
    *build_provider_urlpatterns(),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("console/", include((console, "console"))),
    path("accounts/", include(outside)),
]
