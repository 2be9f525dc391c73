"""Pages whose every change is on record."""

from typing import Any, ClassVar

from django.db.models import Model
from django.http import HttpRequest

from apps.shared import clock
from apps.shared.audit.record import Target, changes, record


class Audited:
    """Mixed into admins of plain rows: what is added or changed there is audited with it.

    `audited_as` is (app, kind): an entry's action is `app.kind_changed`, its target's kind `kind`.
    Where services do the work, they write the entry themselves.
    """

    audited_as: ClassVar[tuple[str, str]]

    def audited(self, obj: Any) -> dict[str, object]:
        """What of a row an entry tells: primitives; of secrets no more than a digest, under a
        name that `record` hides."""
        raise NotImplementedError

    def audited_id(self, obj: Any) -> str:
        """How an entry names the row."""
        return str(obj.pk)

    def remember_for_audit(self, request: HttpRequest, key: object) -> None:
        """Lock the row that is about to be changed, and keep what it says now."""
        model: type[Model] = self.model  # type: ignore[attr-defined]
        before = model._default_manager.select_for_update().get(pk=key)
        request.audited_before = self.audited(before)  # type: ignore[attr-defined]

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        if change:
            self.remember_for_audit(request, form.instance.pk)
        return super().save_form(request, form, change)  # type: ignore[misc]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(obj, "added", {})
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(obj, "changed", request.audited_before)  # type: ignore[attr-defined]
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def _record(self, obj: Any, what: str, before: dict[str, object]) -> None:
        was, now_is = changes(before, self.audited(obj))
        if not was and not now_is:
            return
        app, kind = self.audited_as
        record(
            action=f"{app}.{kind}_{what}",
            target=Target(kind, self.audited_id(obj)),
            before=was,
            after=now_is,
            now=clock.now(),
        )
