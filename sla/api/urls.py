from django.urls import path

from sla.api import endpoints

app_name = "sla_api"

urlpatterns = [
    path("calendars/", endpoints.calendars, name="calendars"),
    path("calendars/<int:number>/", endpoints.calendar, name="calendar"),
    path("calendars/<int:number>/change/", endpoints.change_calendar, name="change_calendar"),
    path("calendars/<int:number>/remove/", endpoints.remove_calendar, name="remove_calendar"),
    path("policies/", endpoints.policies, name="policies"),
    path("policies/order/", endpoints.order_policies, name="order_policies"),
    path("policies/<int:number>/", endpoints.policy, name="policy"),
    path("policies/<int:number>/change/", endpoints.change_policy, name="change_policy"),
    path("policies/<int:number>/remove/", endpoints.remove_policy, name="remove_policy"),
    path("policies/<int:number>/make-default/", endpoints.make_default, name="make_default"),
    path("promise-edits/", endpoints.edits, name="edits"),
    path("promise-edits/<int:number>/", endpoints.edit, name="edit"),
    path("promise-edits/<int:number>/apply/", endpoints.apply_edit, name="apply_edit"),
    path("promise-edits/<int:number>/drop/", endpoints.drop_edit, name="drop_edit"),
    path("promise-edits/<int:number>/count/", endpoints.count_edit, name="count_edit"),
]
