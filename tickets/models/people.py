"""People: who asks, who answers, and the teams and organisations they belong to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.lib import clock
from helpdesk.lib.collation import sort_key
from helpdesk.lib.one_line import must_be_one_line

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Role(models.TextChoices):
    REQUESTER = "requester", _("Requester")
    COLLEAGUE = "colleague", _("Colleague")
    AGENT = "agent", _("Agent")
    LEAD = "lead", _("Lead")
    ADMIN = "admin", _("Administrator")


class ListLayout(models.TextChoices):
    BESIDE = "beside", _("Ticket beside the list")
    ALONE = "alone", _("List alone")


class ListDensity(models.TextChoices):
    NORMAL = "normal", _("Two lines a row")
    TIGHT = "tight", _("One line a row")


class ListOrder(models.TextChoices):
    DUE = "due", _("Time left")
    NEWEST = "newest", _("Newest first")
    OLDEST = "oldest", _("Oldest first")


class Theme(models.TextChoices):
    SYSTEM = "", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Language(models.TextChoices):
    POLISH = "pl", "Polski"
    ENGLISH = "en", "English"


class Organisation(models.Model):
    """The company or department a requester belongs to."""

    name = models.CharField(_("name"), max_length=200, unique=True, validators=[must_be_one_line])
    sort_key = models.CharField(max_length=400, editable=False, db_collation="C")

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        indexes = [models.Index(fields=["sort_key", "id"], name="organisation_by_name")]

    def __str__(self) -> str:
        return self.name

    def save(self, **kwargs: Any) -> None:
        self.sort_key = sort_key(self.name)
        super().save(**kwargs)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=User.clean_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, role=Role.ADMIN, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=User.clean_email(username))

    def with_address(self, address: str | None) -> User | None:
        """Whose mail address this is: the one a person signs in with, or another of theirs (`PersonAddress`)."""
        for spelled in User.spellings(address):
            if found := self.filter(email=spelled).first() or self.filter(addresses__address=spelled).first():
                return found
        return None

    def current_id(self, person_id: int) -> int:
        """The person a link or token of ours was made for, or whoever they were merged into since."""
        into = self.filter(pk=person_id).values_list("merged_into", flat=True).first()
        return into or person_id


class User(AbstractBaseUser):
    """One person, whatever the role. A requester known only by phone or chat has no e-mail address."""

    email = models.EmailField(
        _("email"), max_length=254, null=True, blank=True, unique=True, validators=[must_be_one_line]
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=200, validators=[must_be_one_line])
    sort_key = models.CharField(max_length=400, editable=False, db_collation="C")
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.REQUESTER)
    organisation = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, blank=True, related_name="people", verbose_name=_("organisation")
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.POLISH)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Warsaw")
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.SYSTEM, blank=True)
    list_layout = models.CharField(_("Layout"), max_length=6, choices=ListLayout.choices, default=ListLayout.BESIDE)
    list_density = models.CharField(_("Density"), max_length=6, choices=ListDensity.choices, default=ListDensity.NORMAL)
    list_order = models.CharField(_("Order"), max_length=6, choices=ListOrder.choices, default=ListOrder.DUE)
    list_columns = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("Rows also show")
    )
    """What the rows of the queue show besides: names of `queries.views.columns`, in this order."""
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged", editable=False
    )
    """The person that this one turned out to be: what was theirs is that person's now, and nobody signs in here."""
    shows_favours = models.BooleanField(default=False, db_default=False, editable=False)
    """Whether leads see this person's own sum of favours by name. Only the person says so."""
    uses_keys = models.BooleanField(default=True, db_default=True, editable=False)
    """Whether single keys do anything outside fields (WCAG 2.1.4)."""
    own_keys = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), editable=False)
    """Where the person's keys differ from those of `tickets.keys`: by action, "" for none."""
    notice_ways = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), editable=False)
    """How the person is told of what, where that differs from `tickets.notices`: a way by kind."""
    digest_hour = models.PositiveSmallIntegerField(null=True, editable=False)
    """From which hour of weekdays, in their zone, the person is mailed what waits; null for never."""
    digested_on = models.DateField(null=True, editable=False)
    """The last of the person's dates whose mail was written, or was not needed."""
    next_takes = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    """How often the person took the next one while a queue was overloaded: every fourth goes to the oldest late one."""
    session_epoch = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    """Part of what every session is checked against: one more ends all of this person's sessions at once."""

    teams: RelatedManager[Team]
    memberships: RelatedManager[Membership]
    grants: RelatedManager[Any]
    drafts: RelatedManager[Any]

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            models.Index(fields=["sort_key", "id"], name="person_by_name"),
            # The few who work here, among whom lists of people are read; requesters are found by their words.
            models.Index(fields=["sort_key", "id"], name="staff_by_name", condition=~models.Q(role="requester")),
            models.Index(fields=["id"], name="wants_digest", condition=models.Q(digest_hour__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email__isnull=True) | models.Q(email=Lower("email")), name="email_is_lower_case"
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_is_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or str(self.pk)

    def save(self, **kwargs: Any) -> None:
        self.email = self.clean_email(self.email)
        self.sort_key = sort_key(self.name)
        super().save(**kwargs)

    @staticmethod
    def clean_email(email: str | None) -> str | None:
        """Addresses are compared in lower case as a whole: no mail system in use tells Anna@ from anna@."""
        return (email or "").strip().lower() or None

    @staticmethod
    def spellings(email: str | None) -> tuple[str, ...]:
        """The address as it is compared, and a domain with letters of ours as mail has it too: people type ola@żółw.pl,
        their mail comes from ola@xn--w-uga1v8h.pl. None where the two are not surely one (RFC 3490: straße, strasse).
        """
        clean = User.clean_email(email)
        if not clean:
            return ()
        local, _at, domain = clean.rpartition("@")
        if domain.isascii() and "xn--" not in domain:
            return (clean,)
        try:
            encoded = domain.encode("idna").decode("ascii")
            decoded = encoded.encode("ascii").decode("idna")
        except UnicodeError:
            return (clean,)
        other = {encoded: decoded, decoded: encoded}.get(domain)
        is_one = other is not None and decoded.encode("idna").decode("ascii") == encoded
        return (clean, f"{local}@{other}") if is_one and other != domain else (clean,)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """As in Django, with the epoch; while that is 0 the hash is Django's own."""
        key_salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        value = f"{self.password}{self.session_epoch or ''}"
        return salted_hmac(key_salt, value, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split() if word[:1].isalpha()] or [self.email or "?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    @property
    def hue(self) -> int:
        """One of the twelve avatar hues, 0 to 11, stable for a person."""
        return (self.pk * 5) % 12 if self.pk else 0

    @property
    def is_support(self) -> bool:
        return self.role in (Role.AGENT, Role.LEAD, Role.ADMIN)

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_lead(self) -> bool:
        return self.role in (Role.LEAD, Role.ADMIN)

    @cached_property
    def queue_ids(self) -> frozenset[int]:
        """Queues owned by this person's teams; read once per request, since the user object lives for one request."""
        ids = self.memberships.filter(team__queues__isnull=False).values_list("team__queues", flat=True)
        return frozenset(ids)

    @cached_property
    def team_ids(self) -> frozenset[int]:
        return frozenset(self.memberships.values_list("team", flat=True))

    # What django.contrib.admin and allauth ask of a user; rights on tickets are decided in tickets/access.py alone.
    @property
    def is_staff(self) -> bool:
        return self.is_admin

    @property
    def is_superuser(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_admin


class PersonAddress(models.Model):
    """Another mail address of a person: mail from it is theirs, but nobody signs in with it."""

    person = models.ForeignKey(User, models.CASCADE, related_name="addresses")
    address = models.EmailField(max_length=254, unique=True, validators=[must_be_one_line])
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(address=Lower("address")), name="other_address_is_lower_case")
        ]

    def __str__(self) -> str:
        return self.address


class Joining(models.Model):
    """Two that became one: what became whose, so that it can go back for thirty days."""

    UNDOABLE = timedelta(days=30)

    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    moved = models.JSONField(default=dict)
    """What moved and what was changed by it, as the action writes it that undoes it."""
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True


class PersonMerge(Joining):
    """One requester who turned out to be another; `actions.merging_people` writes what moved."""

    person = models.ForeignKey(User, models.CASCADE, related_name="+")
    into = models.ForeignKey(User, models.CASCADE, related_name="people_merged_here")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(undone_at__isnull=True), name="person_merged_once"),
            models.CheckConstraint(condition=~Q(person=F("into")), name="person_merge_has_two_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} into {self.into_id}"


class Team(models.Model):
    name = models.CharField(_("name"), max_length=100, unique=True)
    members = models.ManyToManyField(User, through="Membership", related_name="teams", verbose_name=_("members"))

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships", verbose_name=_("team"))
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("person"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="one_membership_per_team")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"
