from django.urls import path

from delivery.views import channels, files, webhooks

app_name = "delivery"
urlpatterns = [
    path("packages/<uuid:pk>/archive.zip", files.archive, name="archive"),
    path("packages/<uuid:pk>/files/<path:path>", files.file, name="file"),
    path("settings/delivery/", channels.channels, name="channels"),
    path("settings/delivery/add/<slug:kind>/", channels.add, name="add_channel"),
    path("settings/delivery/<uuid:pk>/", channels.channel, name="channel"),
    path("settings/delivery/<uuid:pk>/change/", channels.change, name="change_channel"),
    path("settings/delivery/<uuid:pk>/check/", channels.check, name="check_channel"),
    path("settings/delivery/<uuid:pk>/confirm/", channels.confirm, name="confirm_channel"),
    path("settings/delivery/<uuid:pk>/deliver/", channels.deliver, name="deliver"),
    path("settings/delivery/<uuid:pk>/pause/", channels.pause, name="pause_channel"),
    path("settings/delivery/<uuid:pk>/resume/", channels.resume, name="resume_channel"),
    path("settings/delivery/<uuid:pk>/remove/", channels.remove, name="remove_channel"),
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
