from django.urls import path

from api.setup import views

app_name = "setup"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:slug>/", views.client, name="client"),
]
