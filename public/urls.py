from django.urls import path

from public import console, views

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path(".well-known/security.txt", views.security, name="security"),
    path("console/traffic/", console.figures, name="figures"),
    path("example/", views.example, name="example"),
    path("example/scorecard/", views.example_scorecard, name="example_scorecard"),
    path("example/files/<path:path>", views.example_document, name="example_document"),
]
