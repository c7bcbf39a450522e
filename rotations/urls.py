from django.urls import path

from rotations.views import duties, hours, rounds

urlpatterns = [
    path("hours/", hours.team_hours, name="team_hours"),
    path("hours/<int:person_id>/", hours.person_hours, name="person_hours"),
    path("hours/<int:person_id>/week/", hours.save_hours, name="save_hours"),
    path("hours/<int:person_id>/absences/", hours.add_absence, name="add_absence"),
    path("hours/weeks/<int:number>/remove/", hours.remove_hours, name="remove_hours"),
    path("hours/weeks/<int:number>/restore/", hours.restore_hours, name="restore_hours"),
    path("hours/absences/<int:number>/remove/", hours.remove_absence, name="remove_absence"),
    path("hours/absences/<int:number>/restore/", hours.restore_absence, name="restore_absence"),
    path("settings/hours/", hours.own_hours, name="own_hours"),
    path("duties/", duties.duties, name="duties"),
    path("duties/rounds/<int:number>/", rounds.round_board, name="round"),
    path("duties/rounds/<int:number>/step/", rounds.step_round, name="step_round"),
    path("duties/rounds/<int:number>/rules/", rounds.write_rules, name="write_rules"),
    path("duties/rounds/<int:number>/sign-up/", duties.sign_up, name="sign_up"),
    path("duties/rounds/<int:number>/leave/", duties.leave_round, name="leave_round"),
    path("duties/shifts/<int:number>/place/", rounds.place, name="place"),
    path("duties/shifts/<int:number>/take/", duties.take_seat, name="take_seat"),
    path("duties/<int:number>/confirm/", duties.confirm, name="confirm_duty"),
    path("duties/<int:number>/decline/", duties.decline, name="decline_duty"),
    path("duties/<int:number>/withdraw/", duties.withdraw, name="withdraw_duty"),
    path("duties/<int:number>/call-off/", rounds.call_off, name="call_off_duty"),
    path("duties/programmes/new/", rounds.new_programme, name="new_programme"),
    path("duties/programmes/<int:number>/", rounds.programme, name="programme"),
    path("duties/programmes/<int:number>/patterns/", rounds.add_pattern, name="add_pattern"),
    path("duties/programmes/<int:number>/rounds/new/", rounds.new_round, name="new_round"),
    path("duties/patterns/<int:number>/remove/", rounds.remove_pattern, name="remove_pattern"),
]
