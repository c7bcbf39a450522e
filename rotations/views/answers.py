"""The answer to a place that was offered by mail. The link alone answers nothing: machines open links too."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rotations import access, answer_links
from rotations.actions import leaving, mailing, placing
from rotations.models import Duty
from rotations.queries.rounds import OPEN, told
from rotations.views.answering import said_if_refused
from rotations.views.duties import channel_names


@require_http_methods(["GET", "HEAD", "POST"])
def answer_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """What is offered, and yes or no. Whoever has the link of a mail is its reader."""
    duty = _offered(token)
    with translation.override(duty.person.language):
        if request.method == "POST":
            if request.POST.get("answer") == "yes":
                with said_if_refused(request, _("Confirmed. Thank you.")):
                    placing.confirm(duty=duty, by=duty.person, at=request.at)
            elif request.POST.get("answer") == "no":
                with said_if_refused(request, _("Thank you for telling us. The place goes to somebody else.")):
                    leaving.decline(duty=duty, by=duty.person, at=request.at)
            return redirect("answer_by_link", token)
        with timezone.override(ZoneInfo(duty.person.time_zone)):
            days = [mailing.day_in_words(day, duty.shift) for day in duty.days.order_by("starts_at")]
        context = {
            "duty": duty,
            "days": days,
            "channels": channel_names(duty.channels),
            "may_answer": duty.state == Duty.State.PROPOSED and duty.shift.starts_at > request.at,
        }
        answer = render(request, "rotations/answer.html", context)
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _offered(token: str) -> Duty:
    found = answer_links.read(token)
    if found is None:
        raise Http404
    rows = told(Duty.objects.filter(shift__round__state__in=OPEN)).select_related(
        "person", "mentor", "deputy", "shift__round__programme"
    )
    duty = rows.filter(pk=found[0], person=found[1]).first()
    if duty is None or not access.can_volunteer(duty.person):
        raise Http404
    return duty
