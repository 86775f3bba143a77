from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("pricing/", views.pricing, name="pricing"),
    path("settings/plan/", views.plan, name="plan"),
    path("settings/plan/checkout/", views.checkout, name="checkout"),
    path("settings/plan/portal/", views.portal, name="portal"),
    path("settings/plan/return/", views.returned, name="returned"),
    path("settings/plan/invoices/", views.invoices, name="invoices"),
    path("settings/usage/", views.usage, name="usage"),
    path("settings/usage.csv", views.usage_csv, name="usage_csv"),
    path("hooks/stripe/", views.stripe_events, name="stripe_events"),
]
