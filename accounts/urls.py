from allauth.account.views import account_inactive
from allauth.socialaccount import views as identities
from allauth.urls import build_provider_urlpatterns
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.views import activity, held, profile, reports, signing

own = [
    path("sign-in/", signing.sign_in, name="sign_in"),
    path("sign-out/", signing.sign_out, name="sign_out"),
    path("settings/", profile.profile, name="settings"),
    path("settings/activity/", activity.activity, name="activity"),
    path("settings/held/", held.held, name="held"),
    path("settings/reports/", reports.own, name="reports"),
    path("report/", reports.report, name="report"),
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
    path("accounts/", include(outside)),
]
