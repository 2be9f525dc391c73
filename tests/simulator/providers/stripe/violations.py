"""From what pydantic found to what Stripe would have said."""

from pydantic_core import ErrorDetails, ValidationError

from tests.simulator.providers.stripe.errors import StripeError, invalid_parameter

# Steps in pydantic's path that name a branch of a union instead of a parameter.
_BRANCH_MARKS = ("literal[", "function-before", "dict[", "list[", "str", "int", "bool", "union[")
_EMPTY = (
    "You passed an empty string for '{param}'. We assume empty values are an attempt to unset a"
    " parameter; however '{param}' cannot be unset."
)
# What pydantic found: what Stripe says, with its code.
_MESSAGES: dict[str, tuple[str, str | None]] = {
    "extra_forbidden": ("Received unknown parameter: {param}", "parameter_unknown"),
    "missing": ("Missing required param: {param}.", "parameter_missing"),
    "empty": (_EMPTY, "parameter_invalid_empty"),
    "dict_type": ("Invalid object", None),
    "typed_dict_type": ("Invalid object", None),
    "list_type": ("Invalid array", None),
}
_URGENCY = ("extra_forbidden", "missing")


def as_stripe_error(error: ValidationError) -> StripeError:
    """Return Stripe's answer to the most telling of the violations: it reports one at a time."""
    details = error.errors(include_url=False)
    details.sort(key=_rank)
    return _translate(details[0], details)


def _rank(detail: ErrorDetails) -> int:
    return _URGENCY.index(detail["type"]) if detail["type"] in _URGENCY else len(_URGENCY)


def _translate(detail: ErrorDetails, details: list[ErrorDetails]) -> StripeError:
    param, found = _param(detail["loc"]), detail["type"]
    if found in _MESSAGES:
        message, code = _MESSAGES[found]
        return invalid_parameter(message.format(param=param), param, code)
    if found in ("int_parsing", "bool_parsing"):
        code = "parameter_invalid_integer" if found == "int_parsing" else None
        return invalid_parameter(detail["msg"], param, code)
    allowed = [one["ctx"]["expected"] for one in details if one["type"] == "literal_error"]
    expected = f"must be one of {allowed[0]}" if allowed else detail["msg"]
    return invalid_parameter(f"Invalid {param}: {expected}", param)


def _param(loc: tuple[int | str, ...]) -> str:
    steps = [
        str(step)
        for step in loc
        if isinstance(step, int) or not str(step).startswith(_BRANCH_MARKS) or step == loc[0]
    ]
    # Names of TypedDict branches look like classes: PaymentIntentCreateParamsShipping.
    steps = [step for step in steps if not step[:1].isupper()]
    return steps[0] + "".join(f"[{step}]" for step in steps[1:])
