"""Running `manage.py repair` in a test."""

from dataclasses import dataclass
from io import StringIO

from django.core.management import CommandError, call_command

from apps.shared.schema import current_schema, use_schema
from tests.support.shops import TestShop


@dataclass(frozen=True)
class Run:
    """What a run printed, and its exit code."""

    code: int
    text: str
    hints: str


def repair(
    trade: str, *arguments: str, shop: TestShop | None = None, command: str = "repair"
) -> Run:
    """The command, in the schema that a fresh process is in; `--tenant` is added for `shop`."""
    tenant = ["--tenant", shop.slug] if shop else []
    out, err = StringIO(), StringIO()
    code = 0
    with use_schema(current_schema()):
        try:
            call_command(command, trade, *tenant, *arguments, stdout=out, stderr=err)
        except CommandError as error:
            code = error.returncode
            err.write(str(error))
    return Run(code, out.getvalue(), err.getvalue())
