"""The page on which a customer confirms a payment towards the bank."""

from html import escape

from tests.simulator.providers.stripe.amounts import formatted
from tests.simulator.web.message import JsonObject, Response
from tests.simulator.web.page import page


def authentication_page(account: str, intent: JsonObject) -> Response:
    amount = escape(formatted(intent["amount"], intent["currency"]))
    if intent["status"] != "requires_action":
        question = "<p>This payment does not wait for you any more.</p>"
    else:
        question = (
            "<p>Your bank wants to know that it is you who pays.</p>"
            '<form method="post">'
            '<button class="main" name="result" value="success">Confirm the payment</button>'
            '<button name="result" value="failure">Refuse</button></form>'
        )
    return page(
        "Confirm the payment",
        f"<h1>{amount}</h1><p class=soft>to the shop {escape(account)}, payment"
        f" {escape(intent['id'])}</p><div class=card>{question}</div>",
    )
