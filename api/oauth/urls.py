from django.urls import path

from api.oauth import pages, views

app_name = "oauth"

urlpatterns = [
    path(".well-known/oauth-authorization-server", views.authorization_server, name="server_metadata"),
    path(".well-known/oauth-protected-resource", views.protected_resource, name="metadata"),
    path(".well-known/oauth-protected-resource/mcp", views.protected_resource, name="mcp_metadata"),
    path("oauth/register", views.register, name="register"),
    path("oauth/authorize", views.authorize, name="authorize"),
    path("oauth/token", views.token, name="token"),
    path("oauth/revoke", views.revoke, name="revoke"),
    path("settings/tools/", pages.tools, name="tools"),
    path("settings/tools/<uuid:pk>/revoke/", pages.revoke, name="revoke_token"),
    path("settings/tools/<uuid:pk>/disconnect/", pages.disconnect, name="disconnect"),
]
