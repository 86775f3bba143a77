from django.urls import path

from generation import views

app_name = "generation"
urlpatterns = [
    path("packages/", views.packages, name="packages"),
    path("packages/<uuid:pk>/", views.package, name="package"),
    path("packages/<uuid:pk>/delete/", views.delete_package, name="delete_package"),
    path("interviews/<uuid:pk>/delete/", views.delete_interview, name="delete_interview"),
    path("packages/<uuid:pk>/scorecard/", views.scorecard, name="scorecard"),
    path("packages/<uuid:pk>/read/<path:path>", views.document, name="document"),
    path("packages/<uuid:pk>/draw/<path:path>", views.diagram_frame, name="diagram"),
    path("interviews/<uuid:pk>/write/", views.start, name="start"),
    path("runs/<uuid:pk>/", views.run, name="run"),
    path("runs/<uuid:pk>/receipt/", views.receipt, name="receipt"),
    path("runs/<uuid:pk>/receipt.csv", views.receipt_csv, name="receipt_csv"),
    path("runs/<uuid:pk>/stop/", views.stop, name="stop"),
    path("runs/<uuid:pk>/retry/", views.retry, name="retry"),
]
