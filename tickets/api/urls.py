from django.urls import path

from tickets.api import assigning, changing, desk, joining, mail, messages, properties, tickets

app_name = "api"

urlpatterns = [
    path("me/", desk.me, name="me"),
    path("mail/in/", mail.mail_in, name="mail_in"),
    path("queues/", desk.queues, name="queues"),
    path("requests/", desk.requests, name="requests"),
    path("tickets/", tickets.tickets, name="tickets"),
    path("tickets/take-next/", assigning.take_next, name="take_next"),
    path("tickets/<int:number>/", tickets.ticket, name="ticket"),
    path("tickets/<int:number>/choices/", tickets.choices, name="choices"),
    path("tickets/<int:number>/reply/", messages.reply, name="reply"),
    path("tickets/<int:number>/note/", messages.note, name="note"),
    path("tickets/<int:number>/assign/", assigning.assign, name="assign"),
    path("tickets/<int:number>/take/", assigning.take, name="take"),
    path("tickets/<int:number>/status/", changing.status, name="status"),
    path("tickets/<int:number>/priority/", changing.priority, name="priority"),
    path("tickets/<int:number>/queue/", changing.queue, name="queue"),
    path("tickets/<int:number>/subject/", properties.subject, name="subject"),
    path("tickets/<int:number>/requester/", properties.requester, name="requester"),
    path("tickets/<int:number>/tags/", properties.tags, name="tags"),
    path("tickets/<int:number>/fields/<slug:key>/", properties.field, name="field"),
    path("tickets/<int:number>/snooze/", properties.snooze, name="snooze"),
    path("tickets/<int:number>/remove/", properties.remove, name="remove"),
    path("tickets/<int:number>/restore/", properties.restore, name="restore"),
    path("tickets/<int:number>/link/", joining.link, name="link"),
    path("tickets/<int:number>/links/<int:link_id>/remove/", joining.unlink, name="unlink"),
    path("tickets/<int:number>/merge/", joining.merge, name="merge"),
    path("tickets/<int:number>/unmerge/", joining.unmerge, name="unmerge"),
    path("tickets/<int:number>/split/", joining.split, name="split"),
    path("tickets/<int:number>/unsplit/", joining.unsplit, name="unsplit"),
    path("tickets/<int:number>/appointments/", joining.appoint, name="appoint"),
    path("appointments/<int:number>/move/", joining.move_appointment, name="move_appointment"),
    path("appointments/<int:number>/cancel/", joining.cancel_appointment, name="cancel_appointment"),
    path("people/<int:person_id>/merge/", joining.merge_person, name="merge_person"),
    path("fields/", properties.fields, name="fields"),
    path("tags/", properties.suggestions, name="suggest_tags"),
]
