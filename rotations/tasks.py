"""Background work: load by id, call one thing. Every task may run twice and at the same time."""

from celery import shared_task

from helpdesk.lib import clock
from rotations.actions import closing_duties, inviting, mailing, presence, qualifying, running, waiting


@shared_task(expires=60)
def write_presence() -> None:
    presence.write_everybody(at=clock.database_now())


@shared_task(expires=30)
def move_duties() -> None:
    at = clock.database_now()
    running.move_all(at=at)
    closing_duties.return_all(at=at)


@shared_task(expires=120)
def remind_of_duties() -> None:
    at = clock.database_now()
    mailing.remind_all(at=at)
    qualifying.remind_all(at=at)


@shared_task(expires=60)
def offer_seats() -> None:
    waiting.offer_all(at=clock.database_now())


@shared_task(expires=30)
def send_invitations() -> None:
    inviting.send_all(at=clock.database_now())
