from django.urls import path

from sla.views import behind, calendars, dashboard, edits, files, policies, stories, week

urlpatterns = [
    path("settings/calendars/", calendars.calendars, name="calendars"),
    path("settings/calendars/new/", calendars.new_calendar, name="new_calendar"),
    path("settings/calendars/<int:number>/", calendars.calendar, name="calendar"),
    path("settings/calendars/<int:number>/remove/", calendars.remove_calendar, name="remove_calendar"),
    path("settings/promises/", policies.promises, name="promises"),
    path("settings/promises/new/", policies.new_policy, name="new_policy"),
    path("settings/promises/order/", policies.order_policies, name="order_policies"),
    path("settings/promises/check/", policies.check_conditions, name="check_conditions"),
    path("settings/promises/try/", policies.try_policies, name="try_policies"),
    path("settings/promises/<int:number>/", policies.policy, name="policy"),
    path("settings/promises/<int:number>/remove/", policies.remove_policy, name="remove_policy"),
    path("settings/promises/<int:number>/make-default/", policies.make_default, name="make_default_policy"),
    path("settings/promises/edits/", edits.edits, name="promise_edits"),
    path("settings/promises/edits/<int:number>/", edits.edit, name="promise_edit"),
    path("settings/promises/edits/<int:number>/apply/", edits.apply_edit, name="apply_edit"),
    path("settings/promises/edits/<int:number>/drop/", edits.drop_edit, name="drop_edit"),
    path("settings/promises/edits/<int:number>/count/", edits.count_edit, name="count_edit"),
    path("settings/promises/edits/<int:number>/renew/", edits.renew_edit, name="renew_edit"),
    path("tickets/<int:number>/promises/", stories.story_page, name="promise_story"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/promises/", behind.broken_promises, name="broken_promises"),
    path("dashboard/tickets/", behind.dashboard_tickets, name="dashboard_tickets"),
    path("dashboard/week/", week.week_report, name="last_week"),
    path("dashboard/week/mail/", week.want_report, name="want_report"),
    path("dashboard/week/<slug:day>/", week.week_report, name="week_report"),
    path("export/promises/<slug:name>/", files.promise_list_file, name="promise_list_file"),
    path("dashboard/file/", dashboard.dashboard_file, name="dashboard_file"),
]
