from django.urls import path

from api.reference import views

app_name = "reference"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:tag>/", views.noun, name="noun"),
]
