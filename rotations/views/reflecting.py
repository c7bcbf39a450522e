"""A volunteer looks back on a duty."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from rotations.actions import reflecting
from rotations.forms.my_duty import ReflectionForm
from rotations.models import Duty
from rotations.views.answering import said_if_refused
from rotations.views.duties import page


@login_required
def reflection(request: HttpRequest, number: int) -> HttpResponse:
    own = Duty.objects.select_related("shift", "reflection").filter(person=request.user, state__in=reflecting.OVER)
    duty = get_object_or_404(own, pk=number)
    said = getattr(duty, "reflection", None)
    names = ("for_me", "for_mentors", "for_company")
    form = ReflectionForm(request.POST or None, initial={name: getattr(said, name, "") for name in names})
    if request.method == "POST" and form.is_valid():
        with said_if_refused(request, _("Thank you. Written down.")):
            reflecting.reflect(duty=duty, by=request.user, at=request.at, **form.cleaned_data)
        return redirect("reflection", duty.pk)
    status = 400 if form.errors else 200
    return page(request, "rotations/reflection.html", {"duty": duty, "form": form}, status=status)
