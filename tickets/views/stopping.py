"""No more mails of a kind, from the mail itself, without signing in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tickets import notices, stop_links
from tickets.actions.preferences import stop_mails
from tickets.models import Role, User


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Mail programs post here with no cookie and no token of a form (RFC 8058); the signed address stands for both."""
    found = stop_links.read(token)
    person = found and User.objects.filter(pk=found[0], is_active=True).exclude(role=Role.REQUESTER).first()
    if not found or not person:
        raise Http404
    kinds = found[1]
    with translation.override(person.language):
        if request.method == "POST":
            for kind in kinds:
                stop_mails(by=person, kind=kind)
        found_out = [_mails_of(person, kind) for kind in kinds]
        context = {
            "labels": [label for label, _comes, _is_notice in found_out],
            "comes": any(comes for _label, comes, _is_notice in found_out),
            "is_told_otherwise": any(is_notice for _label, _comes, is_notice in found_out),
        }
        answer = render(request, "tickets/stop_mails.html", context)
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _mails_of(person: User, kind: str) -> tuple[str, bool, bool]:
    """What they are called, whether they come, and whether the page tells the same."""
    if mail := notices.regular_mail(kind):
        return str(mail.label), mail.is_wanted(person), False
    if kind == stop_links.DIGEST:
        return _("Mail of the day: what waits for you"), person.digest_hour is not None, False
    return str(notices.kind(kind).label), notices.way_for(kind, person.notice_ways) == notices.Way.MAIL, True
