from django.urls import path

from rotations import views

urlpatterns = [
    path("hours/", views.team_hours, name="team_hours"),
    path("hours/<int:person_id>/", views.person_hours, name="person_hours"),
    path("hours/<int:person_id>/week/", views.save_hours, name="save_hours"),
    path("hours/<int:person_id>/absences/", views.add_absence, name="add_absence"),
    path("hours/weeks/<int:number>/remove/", views.remove_hours, name="remove_hours"),
    path("hours/weeks/<int:number>/restore/", views.restore_hours, name="restore_hours"),
    path("hours/absences/<int:number>/remove/", views.remove_absence, name="remove_absence"),
    path("hours/absences/<int:number>/restore/", views.restore_absence, name="restore_absence"),
    path("settings/hours/", views.own_hours, name="own_hours"),
]
