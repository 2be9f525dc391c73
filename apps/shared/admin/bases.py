"""What every list and page of the admins has in common."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from apps.shared.db import unit_of_work
from apps.shared.ids import parse_public_id
from apps.shared.money import Money

from .panels import NOTHING, Panel

M = TypeVar("M", bound=Model)
# A name or a function of a row; Django's stubs know only names in some of the places.
Column = Any
if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin
else:

    class _ModelAdmin(admin.ModelAdmin):
        """Django's own is generic in its type stubs only."""

        __class_getitem__ = classmethod(lambda cls, _: cls)


class ForViewers:
    """Mixed into admins and inlines whose forms have fields that their model has not.

    Django shows a form to those who may change the row and values to those who may only look;
    `for_viewers` says which value (a column) stands for which field of the form.
    """

    for_viewers: ClassVar[Mapping[str, Column]] = {}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if self._may_change(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": self._seen(options["fields"])})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields: Any = super().get_readonly_fields(request, obj)  # type: ignore[misc]
        return fields if self._may_change(request, obj) else [*fields, *self.for_viewers.values()]

    def _may_change(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or self.has_change_permission(request, obj)  # type: ignore[attr-defined]

    def _seen(self, names: Sequence[Any]) -> list[Any]:
        return [self.for_viewers.get(name, name) for name in names]


class EditableAdmin(ForViewers, _ModelAdmin[M]):
    """A page for plain data, which staff with the right to it may change.

    Lists never count the whole table for “n of m”, and join what their columns show: name it in
    `list_select_related`. `locked_fields` can be set while an object is added, not afterwards.
    """

    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    locked_fields: ClassVar[Sequence[str]] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        """As Django's, and a public id (`ord_0197…`) finds its object."""
        prefix = getattr(self.model, "id_prefix", None)
        key = parse_public_id(prefix, search_term.strip()) if prefix else None
        if key is not None:
            return queryset.filter(pk=key), False
        return super().get_search_results(request, queryset, search_term)

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        always = super().get_readonly_fields(request, obj)
        return [*always, *self.locked_fields] if obj is not None else always

    def title_of(self, obj: M) -> str:
        """What stands above the object's page, and for it in fields that find it by typing."""
        return str(obj)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Named after what it lists."""
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django's; services that own a transaction join the one that writes the log entry."""
        with unit_of_work() if request.method == "POST" else nullcontext():
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_panels(self, request: HttpRequest, obj: M) -> list[Panel]:
        """Tables below the form. Bounded, in a fixed number of statements."""
        return []

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: M | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context["subtitle"] = self.title_of(obj)
            context["panels"] = self.get_panels(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)


class KeptAdmin(EditableAdmin[M]):
    """Rows that other rows refer to: they are switched off or archived, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin[M]):
    """Facts: services write them, nobody edits them, not even a superuser."""

    actions: Any = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: M | None = None) -> Any:
        return self.fieldsets or [(None, {"fields": [*(self.fields or ())]})]


@admin.display(description="Id", ordering="pk")
def short_id(row: Any) -> SafeString:
    """The prefix and the end of a public id, which differs most; the whole of it on hover."""
    whole: str = row.public_id
    prefix = whole.partition("_")[0]
    return format_html('<span class="short-id" title="{}">{}_…{}</span>', whole, prefix, whole[-8:])


def money_column(field: str, title: str) -> Column:
    """A column, or a read-only field, that shows an amount with its currency: “19.99 USD”."""

    @admin.display(description=title, ordering=field)
    def column(row: Any) -> str:
        amount = getattr(row, field)
        return NOTHING if amount is None else Money(amount, row.currency).display()

    column.__name__ = field
    return column
