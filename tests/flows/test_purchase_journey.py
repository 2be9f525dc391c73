"""A purchase from the first look to the mail, against web, worker, relay and simulator."""

import io
import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from django.db.models import Count, Sum
from pypdf import PdfReader

from apps.finance.models import FinancialOrder, FinancialTransaction
from apps.inventory.models import StockItem, StockMovement
from apps.orders.models import Order
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.shared.outbox.models import DeliveryState, DomainEvent, EventDelivery
from tests.simulator.running import RunningSimulator
from tests.support.final_check import assert_invariants, wait_until_quiet
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.platform import RunningPlatform
from tests.support.shopper import PlacedOrder, place_order, placed
from tests.support.shopping import ADDRESS
from tests.support.shops import TestShop, use_shop

pytestmark = pytest.mark.xdist_group("processes")

DEMO_SHOPS = ("apparel", "home-and-garden")
LOGGED = {
    "web": ["order.created", "financial_order.locked"],
    "worker": ["order.paid", "financial_order.paid", "invoice.issued"],
}
CHAIN = [
    "orders.order.placed",
    "payments.provider_event.received",
    "payments.intent.succeeded",
    "orders.order.paid",
    "finance.invoice.issued",
    "finance.invoice.document_stored",
    "notifications.message.queued",
]


def mail_of(simulator: RunningSimulator, mail: dict[str, object]) -> EmailMessage:
    with urlopen(f"{simulator.base_url}/_mail/{mail['id']}/raw", timeout=10) as answer:
        return BytesParser(EmailMessage, policy=policy.default).parsebytes(answer.read())


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_from_the_first_look_to_the_mail(shop: LiveShop) -> None:
    logs = shop.platform.log_sizes()
    make_variant(title="Linen shirt", price=1999, stock=10)
    make_variant(title="Straw hat", price=500, stock=3)
    anybody, simulator = shop.storefront, shop.platform.simulator

    # Look around and fill a cart.
    products = {one["title"]: one for one in anybody.get("products").json()["data"]}
    assert set(products) == {"Linen shirt", "Straw hat"}
    variants = {}
    for title, product in products.items():
        [variants[title]] = anybody.get(f"products/{product['id']}").json()["variants"]
    cart = anybody.post("carts", {"email": "ada@shopper.example"}).json()
    mine = anybody.with_headers(cart_token=cart["token"])
    for title, quantity in (("Linen shirt", 2), ("Straw hat", 1)):
        line = {"variant": variants[title]["id"], "quantity": quantity}
        assert mine.post(f"carts/{cart['id']}/lines", line).status_code == 201
    [method] = anybody.get("shipping-methods").json()["data"]
    changes = {"shipping_address": ADDRESS, "shipping_method": method["id"]}
    total = mine.patch(f"carts/{cart['id']}", changes).json()["totals"]["total"]
    assert (total["amount"], total["currency"]) == (2 * 1999 + 500 + 500, "USD")

    # Order and pay.
    seen = {"expected_total": {"amount": total["amount"], "currency": total["currency"]}}
    order = placed(shop, mine.post(f"carts/{cart['id']}/complete", seen))
    assert order.look()["status"] == "pending"
    payment = order.start_payment()
    assert order.look()["status"] == "awaiting_payment"
    confirmed = order.confirm(payment)
    assert (confirmed["status"], confirmed["amount"]) == ("succeeded", 4998)

    # What comes of it.
    paid = order.wait_until_paid()
    assert (paid["payment_status"], paid["fulfillment_status"]) == ("paid", "unfulfilled")
    mail = order.wait_for_mail()
    wait_until_quiet(shop)
    assert_charged_once(shop, order, payment)
    assert_stock_is_held(shop)
    pdf = downloaded_invoice(order)
    assert_mail_carries(simulator, mail, pdf, number=paid["number"])
    assert len(order.mails()) == 1
    assert_every_event_was_acted_on()
    assert_logs_tell(shop, shop.platform.logs_since(logs))


def assert_charged_once(shop: LiveShop, order: PlacedOrder, payment: dict[str, object]) -> None:
    """PAY-004, ORDER-007: the provider's ledger, our intent and the books name one amount."""
    [entry] = shop.platform.simulator.ledger(shop.account)
    assert (entry["kind"], entry["amount"], entry["currency"]) == ("charge", 4998, "usd")
    assert entry["payment"] == payment["provider_reference"]
    events = shop.platform.simulator.client(shop.account).v1.events
    [created] = events.list({"type": "payment_intent.created"}).data
    assert created.request.idempotency_key == f"{payment['id']}:create"
    intent = PaymentIntent.objects.get()
    assert (intent.status, intent.amount, intent.currency) == ("succeeded", 4998, "USD")
    assert order.payment()["status"] == "succeeded"
    assert order.payment()["client"] is None
    assert FinancialOrder.objects.get().status == "paid"
    credit = FinancialTransaction.objects.get()
    assert (credit.kind, credit.amount, credit.source_id) == ("credit", 4998, intent.pk)


def assert_stock_is_held(shop: LiveShop) -> None:
    """What was bought cannot be bought again; movements say why."""
    stock = StockItem.objects.order_by("pk").values_list("on_hand", "reserved")
    assert list(stock) == [(10, 2), (3, 1)]
    held = StockMovement.objects.filter(reason="reserve").order_by("pk")
    order_id = str(Order.objects.get().pk)
    assert list(held.values_list("reserved_delta", "reference_id")) == [
        (2, order_id),
        (1, order_id),
    ]
    shown = shop.storefront.get("products?expand=variants").json()["data"]
    left = {one["title"]: one["variants"][0]["quantity_available"] for one in shown}
    assert left == {"Linen shirt": 8, "Straw hat": 2}


def downloaded_invoice(order: PlacedOrder) -> bytes:
    invoice = order.invoice()
    assert invoice is not None
    assert re.fullmatch(r"INV-\d{4}-000001", invoice["number"])
    assert invoice["total"]["amount"] == 4998
    path = urlsplit(invoice["document_url"]).path
    answer = order.client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert order.shop.storefront.get(path).status_code == 404, "without the order's token"
    text = text_of(answer.content)
    for said in (invoice["number"], "Ada Lovelace", "Linen shirt", "Straw hat", "39.98", "49.98"):
        assert said in text
    return answer.content


def assert_mail_carries(
    simulator: RunningSimulator, mail: dict[str, object], pdf: bytes, *, number: str
) -> None:
    message = mail_of(simulator, mail)
    assert message["To"] == "ada@shopper.example"
    assert message["Message-ID"] == mail["message_id"]
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None, f"no {kind} part"
        text = body.get_content()
        for said in (number, "Linen shirt", "49.98"):
            assert said in text
    [attached] = message.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == pdf


def assert_logs_tell(shop: LiveShop, logs: dict[str, str]) -> None:
    """03-platform: the named events, each with its tenant, wherever they happen."""
    for process, events in LOGGED.items():
        for event in events:
            pattern = rf"^info +{re.escape(event)} tenant={shop.schema} .*request_id=\S"
            assert re.search(pattern, logs[process], re.MULTILINE), event


def assert_every_event_was_acted_on() -> None:
    names = DomainEvent.objects.order_by("occurred_at", "id").values_list("name", flat=True)
    assert [name for name in names if name in CHAIN] == CHAIN
    assert set(EventDelivery.objects.values_list("state", flat=True)) == {DeliveryState.DONE}
    assert EventDelivery.objects.exclude(attempts=1).count() == 0
    webhook = ProviderEvent.objects.get(event_type="payment_intent.succeeded")
    assert (webhook.state, webhook.outcome) == ("processed", "succeeded")
    assert "Stripe-Signature" in webhook.headers


def test_one_shopper_after_another(shop: LiveShop) -> None:
    """FIN-003, ORDER-008: numbers without gaps; each pays and gets what is hers."""
    variant = make_variant(stock=20)
    orders = [place_order(shop, (variant, number)) for number in (1, 2, 3)]
    for order in reversed(orders):
        order.pay()
    for order in orders:
        order.wait_for_mail()

    invoices = [order.invoice() or {} for order in orders]
    assert sorted(one["number"][-6:] for one in invoices) == ["000001", "000002", "000003"]
    for order, invoice in zip(orders, invoices, strict=True):
        [mail] = order.mails()
        [attached] = mail_of(shop.platform.simulator, mail).iter_attachments()
        assert invoice["number"] in text_of(attached.get_content())
        assert invoice["total"]["amount"] == order.total


@pytest.fixture(scope="module")
def demo_is_made() -> list[bool]:
    """Whether the demo was made on this platform already."""
    return []


@pytest.fixture
def demo(platform: RunningPlatform, demo_is_made: list[bool]) -> RunningPlatform:
    if not demo_is_made:
        platform.manage("demo")
        demo_is_made.append(True)
    return platform


@pytest.mark.parametrize("slug", DEMO_SHOPS)
def test_the_demo_purchase(demo: RunningPlatform, slug: str) -> None:
    """Seen when done, 2: the commands of the README, as a newcomer runs them."""
    email = f"ada@{slug}.example"
    held = units_held(slug)

    told = demo.manage("demo_purchase", "--tenant", slug, "--email", email).stdout

    assert re.search(r"^order    \S+ ord_[0-9a-f]{32}$", told, re.MULTILINE), told
    assert re.search(r"^         paid, ", told, re.MULTILINE), told
    assert re.search(r"^payment  pay_[0-9a-f]{32} succeeded \(stripe pi_", told, re.MULTILINE), told
    assert re.search(r"^invoice  INV-\d{4}-000001 .*\.pdf \(\d+ bytes\)$", told, re.MULTILINE), told
    assert re.search(rf"^mail     “.+” to {re.escape(email)}$", told, re.MULTILINE), told
    [mail] = demo.simulator.mails(to=email)
    assert mail["attachments"]
    bought = [int(number) for number in re.findall(r"^  (\d+) × ", told, re.MULTILINE)]
    assert bought == [1, 2]
    assert units_held(slug) == held + sum(bought)


def units_held(slug: str) -> int:
    with use_shop(TestShop(slug=slug)):
        assert_invariants()
        return int(StockItem.objects.aggregate(held=Sum("reserved"))["held"])


def test_the_demo_can_be_made_again(demo: RunningPlatform) -> None:
    """Nothing is doubled: each step looks first."""
    before = demo.simulator.requests("apparel")

    told = demo.manage("demo", "--json").stdout

    assert "importing" not in told
    assert "making shop" not in told
    after = demo.simulator.requests("apparel")
    made = "POST /v1/webhook_endpoints"
    assert after.get(made, 0) == before.get(made, 0) == 1
    with use_shop(TestShop(slug="apparel")):
        assert (
            not StockMovement.objects.values("stock_item")
            .filter(reason="import")
            .annotate(times=Count("pk"))
            .filter(times__gt=1)
        )
        assert_invariants()
