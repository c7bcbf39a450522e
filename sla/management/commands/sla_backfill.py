"""Begin the clocks of tickets that were there before the desk promised anything: `manage.py sla_backfill`."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from helpdesk.lib import clock
from sla.actions import keeping, reconciling
from sla.models import Policy, Standing
from tickets.models import Ticket


class Command(BaseCommand):
    help = (
        "Start clocks for every ticket that has none, from its events and by the policy that fits it now. On a desk "
        "without a policy the usual one is made. Stop it whenever you like and start it again: it goes on."
    )

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        at, after, begun = clock.database_now(), 0, 0
        if keeping.make_usual_policy(at=at):
            self.stdout.write("There was no policy: office hours and the usual targets are made.")
        if not Policy.objects.filter(is_default=True).exists():
            raise CommandError("There is no default policy, so nothing is promised. Make one of the policies it.")
        left = Ticket.objects.count() - Standing.objects.count()
        with tqdm(total=left, unit=" tickets", file=sys.stderr, disable=verbosity == 0) as bar:
            while numbers := reconciling.tickets_without(after):
                for number in numbers:
                    begun += reconciling.backfill(number, at=at)
                    bar.update()
                after = numbers[-1]
        self.stdout.write(f"{begun:,} tickets have clocks now that had none.")
