from django.urls import path

from delivery import views

app_name = "delivery"
urlpatterns = [
    path("<uuid:pk>/archive.zip", views.archive, name="archive"),
    path("<uuid:pk>/files/<path:path>", views.file, name="file"),
]
