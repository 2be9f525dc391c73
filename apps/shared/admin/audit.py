"""The audit: who did what, read by those who answer for the shop or the platform."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.shared.audit.models import AuditEntry

from . import people
from .bases import ReadOnlyAdmin

_MOST_CHOICES = 50
who = people.person_column("actor", "Who")


class _Known(admin.SimpleListFilter):
    """The values that a column has, by its index; others are found by typing."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        column = str(self.parameter_name)
        found = self.offered(AuditEntry.objects.order_by(column))
        values = found.values_list(column, flat=True).distinct()[:_MOST_CHOICES]
        return [(one, self.called(one)) for one in values]

    def called(self, value: str) -> str:
        return value

    def offered(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return entries

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry]:
        chosen = self.value()
        return queryset.filter(**{str(self.parameter_name): chosen}) if chosen else queryset


class ActionFilter(_Known):
    title, parameter_name = "action", "action"


class TargetFilter(_Known):
    title, parameter_name = "target", "target_type"


class ActorFilter(_Known):
    """Staff and commands; shoppers, of whom there are many, are found by typing."""

    title, parameter_name = "actor", "actor"

    def offered(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return entries.exclude(actor__startswith="customer:")

    def called(self, value: str) -> str:
        return people.name_of(value)


class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """What was done, newest first. Nobody edits it, and the database refuses who tries."""

    list_display = ["at", "action", who, "target", "why", "origin"]
    list_filter = [ActionFilter, ActorFilter, TargetFilter, "at"]
    search_fields = ["=target_id", "=actor", "=request_id"]
    search_help_text = "The target's id, who did it (name, address or id), or a request id"
    ordering = ["-id"]
    fields = [
        "at",
        "action",
        who,
        "target",
        "shown_before",
        "shown_after",
        "why",
        "origin",
        "request_id",
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """As Django's; who is called by name is found under what the entries call them."""
        found, is_doubled = super().get_search_results(request, queryset, search_term)
        if actors := people.actors_called(search_term):
            ids = [actor.partition(":")[2] for actor in actors]
            found |= queryset.filter(Q(actor__in=actors) | Q(target_id__in=ids))
        return found, is_doubled

    @admin.display(description="Target", ordering="target_type")
    def target(self, entry: AuditEntry) -> str:
        if entry.target_type == "user":
            return f"user {people.name_of(f'staff:{entry.target_id}')}"
        return f"{entry.target_type} {entry.target_id}"

    @admin.display(description="Before")
    def shown_before(self, entry: AuditEntry) -> SafeString | str:
        return _readable(entry.before)

    @admin.display(description="After")
    def shown_after(self, entry: AuditEntry) -> SafeString | str:
        return _readable(entry.after)


def _readable(told: object) -> SafeString | str:
    if not told:
        return ""
    return format_html('<pre class="raw">{}</pre>', json.dumps(told, indent=2, ensure_ascii=False))


def register(site: admin.AdminSite) -> None:
    """Put the audit on either admin."""
    site.register(AuditEntry, AuditEntryAdmin)
