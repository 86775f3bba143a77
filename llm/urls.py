from django.urls import path

from llm import views

app_name = "llm"

urlpatterns = [
    path("settings/model-keys/", views.keys, name="keys"),
    path("settings/model-keys/<uuid:pk>/revoke/", views.revoke, name="revoke_key"),
    path("settings/model-keys/failover/", views.failover, name="failover"),
]
