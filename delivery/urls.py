from django.urls import path

from delivery.views import files, webhooks

app_name = "delivery"
urlpatterns = [
    path("packages/<uuid:pk>/archive.zip", files.archive, name="archive"),
    path("packages/<uuid:pk>/files/<path:path>", files.file, name="file"),
    path("settings/webhooks/", webhooks.webhooks, name="webhooks"),
    path("settings/webhooks/<uuid:pk>/", webhooks.endpoint, name="endpoint"),
    path("settings/webhooks/<uuid:pk>/rotate/", webhooks.rotate, name="rotate_webhook"),
    path("settings/webhooks/<uuid:pk>/test/", webhooks.send_test, name="test_webhook"),
    path("settings/webhooks/<uuid:pk>/pause/", webhooks.pause, name="pause_webhook"),
    path("settings/webhooks/<uuid:pk>/resume/", webhooks.resume, name="resume_webhook"),
    path("settings/webhooks/<uuid:pk>/remove/", webhooks.remove, name="remove_webhook"),
    path("settings/webhooks/dispatches/<uuid:pk>/replay/", webhooks.replay, name="replay_webhook"),
    path(".well-known/webhook-events", webhooks.event_index, name="event_index"),
    path(".well-known/webhook-events/<str:kind>.json", webhooks.event_schema, name="event_schema"),
]
