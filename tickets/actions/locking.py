"""The order of locks, written once: the user (for caps), then the ticket, then whatever hangs on the ticket."""

from tickets.models import Ticket, User


def locked(ticket: Ticket) -> Ticket:
    """The ticket's current row, locked until the transaction ends. Related queue and requester come along, unlocked."""
    return (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("queue", "requester", "assignee", "organisation")
        .get(pk=ticket.pk)
    )


def lock_person(user: User) -> None:
    """Held while a cap on this person's work is counted, so that two takes at once cannot both pass it."""
    list(User.objects.select_for_update().filter(pk=user.pk).values_list("pk", flat=True))
