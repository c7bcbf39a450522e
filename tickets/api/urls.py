from django.urls import path

from tickets.api import assigning, changing, desk, mail, messages, tickets

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
]
