"""Setting an installation up: people, teams, organisations, queues. Administrators only.

Mailboxes and senders have pages of their own (`views.mailboxes`, `views.senders`). Nothing that hangs on a ticket is
here: tickets are changed by actions alone.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import Membership, Organisation, Queue, QueueAddress, Role, Team, User


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
    """Rows go one by one, and only where nothing hangs on them: what a deletion would tear along is not shown by it."""

    actions = None
    show_full_result_count = False
    held_by: tuple[str, ...] = ()
    """Relations that keep a row from being deleted while they hold anything."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_delete_permission(request, obj):
            return False
        return obj is None or not any(getattr(obj, relation).exists() for relation in self.held_by)


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

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if password := form.cleaned_data["new_password"]:
            obj.set_password(password)
        elif not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        # Sign-in and reset also look here: an address that is not the person's any more must open nothing.
        EmailAddress.objects.filter(user_id=obj.pk).exclude(email=obj.email or "").delete()
        if form.cleaned_data["mails_link"]:
            self._mail_link(request, obj)

    def _mail_link(self, request: HttpRequest, person: User) -> None:
        reset = ResetPasswordForm({"email": person.email})
        with translation.override(person.language):
            if reset.is_valid():
                reset.save(request)
        messages.info(request, _("A link to choose a password is on its way to %(email)s.") % {"email": person.email})


@admin.register(Organisation, site=site)
class OrganisationAdmin(KeptWhileUsed):
    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("sort_key", "id")
    held_by = ("people", "tickets")


class MembersOfTeam(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Team, site=site)
class TeamAdmin(KeptWhileUsed):
    inlines = (MembersOfTeam,)
    ordering = ("name", "id")
    held_by = ("queues",)


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


@admin.register(Queue, site=site)
class QueueAdmin(KeptWhileUsed):
    inlines = (AddressesOfQueue,)
    list_display = ("name", "team", "position", "language", "acknowledges")
    list_select_related = ("team",)
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("position", "id")
    held_by = ("tickets", "mailboxes", "grants")
