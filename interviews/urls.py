from django.urls import path

from interviews import folder_views, views

app_name = "interviews"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("<uuid:pk>/", views.interview, name="interview"),
    path("<uuid:pk>/answers/", views.answer, name="answer"),
    path("<uuid:pk>/draft/", views.draft, name="draft"),
    path("<uuid:pk>/references/", views.reference, name="reference"),
    path("<uuid:pk>/folders/", folder_views.folders, name="folders"),
    path("<uuid:pk>/folders/look/", folder_views.look, name="look_into_folder"),
    path("folders/<uuid:pk>/", folder_views.reading, name="folder_reading"),
    path("folders/<uuid:pk>/choose/", folder_views.choose, name="choose_files"),
    path("folders/<uuid:pk>/stop/", folder_views.stop, name="stop_folder"),
    path("folders/<uuid:pk>/go-on/", folder_views.go_on, name="go_on_folder"),
    path("<uuid:pk>/references/paste/", views.paste, name="paste"),
    path("references/<uuid:pk>/cancel/", views.cancel_reference, name="cancel_reference"),
    path("references/<uuid:pk>/remove/", views.remove_reference, name="remove_reference"),
    path("<uuid:pk>/again/", views.again, name="again"),
    path("<uuid:pk>/stop/", views.stop, name="stop"),
    path("<uuid:pk>/close/", views.close, name="close"),
    path("<uuid:pk>/reopen/", views.reopen, name="reopen"),
    path("<uuid:pk>/review/", views.review, name="review"),
    path("<uuid:pk>/sign/", views.sign, name="sign"),
    path("<uuid:pk>/assumptions/", views.correct_assumption, name="assumption"),
    path("questions/<uuid:pk>/unknown/", views.unknown, name="unknown"),
    path("questions/<uuid:pk>/later/", views.later, name="later"),
    path("facts/<uuid:pk>/", views.fact, name="fact"),
    path("conflicts/<uuid:pk>/", views.conflict, name="conflict"),
]
