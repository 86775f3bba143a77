from django.urls import path

from connectors import views
from connectors.contract import PROVIDERS
from connectors.models import Kind

NAMES = dict.fromkeys(PROVIDERS.values())

app_name = "connectors"
urlpatterns = [
    path("settings/integrations/", views.integrations, name="integrations"),
    *(
        path(f"settings/integrations/add/{kind.value}/", views.add, {"kind": kind.value}, name=f"add_{kind.value}")
        for kind in Kind
    ),
    *(path(f"settings/integrations/back/{name}/", views.back, {"name": name}, name=f"back_{name}") for name in NAMES),
    path("settings/integrations/choose/<uuid:pk>/", views.choose, name="choose"),
    path("settings/integrations/choose/<uuid:pk>/stop/", views.stop, name="stop"),
    path("settings/integrations/disconnected/", views.disconnected, name="disconnected"),
    path("settings/integrations/<uuid:pk>/", views.connection, name="connection"),
    path("settings/integrations/<uuid:pk>/authorise/", views.authorise, name="authorise"),
    path("settings/integrations/<uuid:pk>/disconnect/", views.disconnect, name="disconnect"),
]
