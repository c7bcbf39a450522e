"""Saved searches: what people call views."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.lib.one_line import must_be_one_line
from tickets.models.people import Team, User


class ViewQuerySet(models.QuerySet["View"]):
    def visible_to(self, user: User | AnonymousUser) -> ViewQuerySet:
        """Own views and those of own teams. What a view lists is decided by ``Ticket.objects.visible_to``."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        return self.filter(Q(owner=user) | Q(team__in=user.memberships.values("team")))


class View(models.Model):
    """A search under a name, of one person or shared with a team."""

    name = models.CharField(pgettext_lazy("view", "name"), max_length=60, validators=[must_be_one_line])
    query = models.CharField(_("search"), max_length=500)
    owner = models.ForeignKey(User, models.CASCADE, related_name="views", verbose_name=_("owner"))
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="views", verbose_name=_("shared with")
    )
    sort = models.CharField(_("order"), max_length=20, blank=True, default="")
    columns = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    version = models.PositiveIntegerField(default=1)

    objects = ViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("view")
        verbose_name_plural = _("views")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name
