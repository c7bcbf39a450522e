"""Saved searches: what people call views."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.lib.one_line import must_be_one_line
from tickets.models.people import ListOrder, Role, Team, User


class ViewQuerySet(models.QuerySet["View"]):
    def visible_to(self, user: User | AnonymousUser) -> ViewQuerySet:
        """Own views, those of own teams and of everybody; for administrators every shared one.

        What a view lists is decided by ``Ticket.objects.worked_by`` for whoever reads it.
        """
        if isinstance(user, User) and user.is_active and user.role == Role.ADMIN:
            return self.filter(
                Q(owner=user) | Q(team__isnull=False) | Q(is_for_everybody=True), removed_at__isnull=True
            )
        return self.listed_for(user)

    def listed_for(self, user: User | AnonymousUser) -> ViewQuerySet:
        """Those that stand beside the pages of ``user``: own ones and those shared with them."""
        if not isinstance(user, User) or not user.is_active or user.role == Role.REQUESTER:
            return self.none()
        shared = Q(team__in=user.memberships.values("team")) | Q(is_for_everybody=True)
        return self.filter(Q(owner=user, team=None) | shared, removed_at__isnull=True)

    def in_order_of(self, user: User) -> ViewQuerySet:
        """As ``user`` has put them; those never moved behind the others: everybody's, then teams', then own."""
        own = Subquery(ViewOrder.objects.filter(person=user).values("views")[:1])
        place = Func(own, F("pk"), function="array_position", output_field=models.IntegerField())
        return self.order_by(
            place.asc(nulls_last=True), "-is_for_everybody", F("team__name").asc(nulls_last=True), "pk"
        )


class View(models.Model):
    """A search under a name: of one person, shared with a team, or with everybody who works here."""

    Sort = ListOrder

    name = models.CharField(pgettext_lazy("view", "name"), max_length=60, validators=[must_be_one_line])
    query = models.CharField(_("search"), max_length=500)
    owner = models.ForeignKey(User, models.CASCADE, related_name="views", verbose_name=_("owner"))
    """Who made it. A shared one is kept by those who may share it (`access.can_change_view`)."""
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="views", verbose_name=_("shared with")
    )
    is_for_everybody = models.BooleanField(default=False, db_default=False)
    sort = models.CharField(_("order"), max_length=20, choices=Sort.choices, default=Sort.NEWEST)
    columns = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    """What its rows show besides what rows always show: names of `queries.views.columns`, in this order."""
    version = models.PositiveIntegerField(default=1, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    """Removed ones can be brought back for a time."""

    objects = ViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("view")
        verbose_name_plural = _("views")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(team__isnull=True) | Q(is_for_everybody=False), name="view_is_shared_one_way"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/views/{self.pk}/"

    @property
    def is_shared(self) -> bool:
        return self.is_for_everybody or self.team_id is not None


class ViewOrder(models.Model):
    """In which order a person has put views: their ids. Views that are not in it stand behind the others."""

    person = models.OneToOneField(User, models.CASCADE, related_name="view_order")
    views = ArrayField(models.BigIntegerField(), default=list)

    def __str__(self) -> str:
        return f"views of {self.person_id}"
