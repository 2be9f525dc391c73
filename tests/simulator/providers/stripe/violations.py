"""From what pydantic found to what Stripe would have said."""

from pydantic_core import ErrorDetails, ValidationError

from tests.simulator.providers.stripe.errors import StripeError, invalid_parameter

# Steps in pydantic's path that name a branch of a union instead of a parameter.
_BRANCH_MARKS = ("literal[", "function-before", "dict[", "list[", "str", "int", "bool", "union[")
_URGENCY = ("extra_forbidden", "missing")


def as_stripe_error(error: ValidationError) -> StripeError:
    """Return Stripe's answer to the most telling of the violations: it reports one at a time."""
    details = error.errors(include_url=False)
    details.sort(key=_rank)
    return _translate(details[0], details)


def _rank(detail: ErrorDetails) -> int:
    return _URGENCY.index(detail["type"]) if detail["type"] in _URGENCY else len(_URGENCY)


def _translate(detail: ErrorDetails, details: list[ErrorDetails]) -> StripeError:
    param = _param(detail["loc"])
    match detail["type"]:
        case "extra_forbidden":
            return invalid_parameter(
                f"Received unknown parameter: {param}", param, "parameter_unknown"
            )
        case "missing":
            return invalid_parameter(
                f"Missing required param: {param}.", param, "parameter_missing"
            )
        case "int_parsing":
            return invalid_parameter(detail["msg"], param, "parameter_invalid_integer")
        case "bool_parsing":
            return invalid_parameter(detail["msg"], param)
        case "empty":
            return invalid_parameter(
                f"You passed an empty string for '{param}'. We assume empty values are an attempt"
                f" to unset a parameter; however '{param}' cannot be unset.",
                param,
                "parameter_invalid_empty",
            )
        case "dict_type" | "typed_dict_type" | "list_type":
            kind = "array" if detail["type"] == "list_type" else "object"
            return invalid_parameter(f"Invalid {kind}", param)
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
