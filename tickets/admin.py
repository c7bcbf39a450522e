"""Setting an installation up: people, teams, organisations, queues. Administrators only.

Mailboxes and senders have pages of their own (`views.mailboxes`, `views.senders`). Nothing that hangs on a ticket is
here: tickets are changed by actions alone.
"""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.lib import clock
from tickets import tasks
from tickets.accounts import addresses, resets
from tickets.actions import auditing, unused
from tickets.models import CustomField, Membership, Organisation, Queue, QueueAddress, Role, Team, User


class Administration(admin.AdminSite):
    """Everybody signs in, signs out and changes the password on the pages made for it; others find nothing here."""

    site_header = site_title = gettext_lazy("Dyżur: administration")
    index_title = gettext_lazy("Setup")
    empty_value_display = "–"

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        wanted = request.GET.get("next") or reverse("admin:index")
        return redirect("admin:index") if self.has_permission(request) else redirect_to_login(wanted)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return LogoutView.as_view(next_page="account_login")(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")


site = Administration()


class KeptWhileUsed(admin.ModelAdmin):
    """Rows go one by one, and only where nothing hangs on them: what a deletion would tear along is not shown by it.

    Whatever is saved or deleted stands in the audit.
    """

    actions = None
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_delete_permission(request, obj):
            return False
        if obj is None or type(obj) not in unused.PARTS:
            return True
        return unused.is_unused(obj)

    def hanging_on(self, obj: Any) -> dict[str, Any]:
        """What the audit tells of a row beyond its own columns, as the database has it now."""
        return {}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.before = auditing.stored(obj, **self.hanging_on(obj)) if change else None
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        row, by = form.instance, cast(User, request.user)
        auditing.record_change(row, before=form.before, by=by, at=clock.now(), **self.hanging_on(row))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        auditing.record_removal(obj, by=cast(User, request.user), at=clock.now(), **self.hanging_on(obj))
        super().delete_model(request, obj)


# People


class PersonForm(forms.ModelForm):
    new_password = forms.CharField(
        label=gettext_lazy("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Leave empty and mail a link instead: then nobody else ever knows it."),
    )
    mails_link = forms.BooleanField(
        label=gettext_lazy("Mail a link to choose a password"),
        required=False,
        help_text=gettext_lazy("Valid for three days. Whoever missed it asks for another one on the sign-in page."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        initial="Europe/Warsaw",
        choices=lambda: [(zone, zone) for zone in sorted(available_timezones())],
    )

    acting: User
    """Who fills the form in; set by `PersonAdmin`."""

    class Meta:
        model = User
        fields = ("name", "email", "phone", "role", "organisation", "language", "time_zone", "is_active")

    def clean_email(self) -> str | None:
        return User.clean_email(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        email = values.get("email")
        if not email and "email" not in self.errors:
            if values.get("role") != Role.REQUESTER:
                self.add_error("email", _("Who works here signs in by email, so an address is needed."))
            elif values.get("mails_link"):
                self.add_error("mails_link", _("Without an email address no link can be mailed."))
        if self.instance.pk == self.acting.pk and (values.get("role") != Role.ADMIN or not values.get("is_active")):
            self.add_error(None, _("You cannot take your own administration away. Ask another administrator."))
        if values.get("mails_link") and not values.get("is_active"):
            self.add_error("mails_link", _("Somebody who is not active cannot sign in, so no link is mailed."))
        if values.get("new_password"):
            try:
                validate_password(values["new_password"], User(name=values.get("name", ""), email=email))
            except forms.ValidationError as error:
                self.add_error("new_password", error)
        return values


class TeamsOfPerson(admin.TabularInline):
    model = Membership
    extra = 0


@admin.register(User, site=site)
class PersonAdmin(KeptWhileUsed):
    form = PersonForm
    inlines = (TeamsOfPerson,)
    list_display = ("name", "email", "role", "organisation", "is_active")
    list_filter = ("role", "is_active", "teams")
    list_select_related = ("organisation",)
    search_fields = ("name", "email", "phone")
    ordering = ("sort_key", "id")
    autocomplete_fields = ("organisation",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are made inactive: their tickets and words stay where they are."""
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"acting": request.user})

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"role": Role.AGENT, "mails_link": True, **super().get_changeform_initial_data(request)}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Teams are offered people who work here, not thousands of requesters."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if request.GET.get("model_name") == Membership._meta.model_name:
            found = found.exclude(role=Role.REQUESTER)
        return found, may_repeat

    def hanging_on(self, obj: User) -> dict[str, Any]:
        return {"teams": list(obj.teams.order_by("name").values_list("name", flat=True))}

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if password := form.cleaned_data["new_password"]:
            obj.set_password(password)
        elif not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        addresses.forget_old(obj)
        if form.cleaned_data["mails_link"]:
            self._mail_link(request, obj)

    def _mail_link(self, request: HttpRequest, person: User) -> None:
        resets.mail_link(person, at=clock.now())
        transaction.on_commit(tasks.nudge_outbox, robust=True)
        messages.info(request, _("A link to choose a password is on its way to %(email)s.") % {"email": person.email})


@admin.register(Organisation, site=site)
class OrganisationAdmin(KeptWhileUsed):
    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("sort_key", "id")


class MembersOfTeam(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Team, site=site)
class TeamAdmin(KeptWhileUsed):
    inlines = (MembersOfTeam,)
    ordering = ("name", "id")

    def hanging_on(self, obj: Team) -> dict[str, Any]:
        return {"members": [str(person) for person in obj.members.order_by("sort_key", "id")]}


# Queues and their addresses


class AddressForm(forms.ModelForm):
    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip().lower()
        return address

    def validate_constraints(self) -> None:
        """ "One sender" holds for all rows together (`Addresses.clean`); row by row a swap would look like two."""


class Addresses(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form.is_valid() and form not in self.deleted_forms]
        if sum(bool(row.get("is_sender")) for row in kept) > 1:
            raise forms.ValidationError(_("Mail of a queue leaves from one address: tick only one of them."))

    def save_existing_objects(self, commit: bool = True) -> Any:
        """The old sender steps back first: for a moment there may be none, but never two."""
        changed = [form.instance.pk for form in self.initial_forms if "is_sender" in form.changed_data]
        if commit:
            self.instance.addresses.filter(pk__in=changed).update(is_sender=False)
        return super().save_existing_objects(commit)


class AddressesOfQueue(admin.TabularInline):
    model = QueueAddress
    form = AddressForm
    formset = Addresses
    extra = 0


class QueueForm(forms.ModelForm):
    """Automatic assignment may be left out: then it stays as it is, which is off in a new queue."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignment"].required = self.fields["assignment_cap"].required = False

    def clean_assignment(self) -> str:
        assignment: str = self.cleaned_data["assignment"] or self.instance.assignment
        return assignment

    def clean_assignment_cap(self) -> int:
        cap: int | None = self.cleaned_data["assignment_cap"]
        return self.instance.assignment_cap if cap is None else cap


@admin.register(Queue, site=site)
class QueueAdmin(KeptWhileUsed):
    form = QueueForm
    inlines = (AddressesOfQueue,)
    list_display = ("name", "team", "position", "language", "acknowledges")
    list_select_related = ("team",)
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("position", "id")

    def hanging_on(self, obj: Queue) -> dict[str, Any]:
        rows = list(obj.addresses.order_by("address").values_list("address", "is_sender"))
        return {
            "addresses": [address for address, _is_sender in rows],
            "is_sender": next((address for address, is_sender in rows if is_sender), None),
        }


# Fields of the desk's own


class CustomFieldForm(forms.ModelForm):
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("One on each line. Tickets keep a choice that is taken off here."),
    )

    class Meta:
        model = CustomField
        fields = ("label", "key", "type", "choices", "queues", "is_required_to_solve", "is_active", "position")
        widgets = {"queues": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(self.instance.choices)

    def clean_choices(self) -> list[str]:
        given = [" ".join(line.split()) for line in self.cleaned_data["choices"].splitlines()]
        if any(len(choice) > 100 for choice in given):
            raise forms.ValidationError(_("A choice has at most 100 characters."))
        return list(dict.fromkeys(choice for choice in given if choice))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        is_choice = values.get("type", self.instance.type) == CustomField.Type.CHOICE
        if is_choice and not values.get("choices") and "choices" not in self.errors:
            self.add_error("choices", _("Write at least one choice."))
        return values


@admin.register(CustomField, site=site)
class CustomFieldAdmin(KeptWhileUsed):
    """A field is put out of use, never deleted: tickets have values of it."""

    form = CustomFieldForm
    list_display = ("label", "key", "type", "where", "is_required_to_solve", "is_active", "position")
    list_editable = ("is_active", "position")
    prepopulated_fields = {"key": ("label",)}
    ordering = ("position", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomField]:
        return super().get_queryset(request).prefetch_related("queues")

    def hanging_on(self, obj: CustomField) -> dict[str, Any]:
        return {"queues": list(obj.queues.order_by("name").values_list("name", flat=True))}

    @admin.display(description=gettext_lazy("queues"))
    def where(self, field: CustomField) -> str:
        return ", ".join(queue.name for queue in field.queues.all()) or _("everywhere")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Values are stored under the key, in the form of the type."""
        return ("key", "type") if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)
