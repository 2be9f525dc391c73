"""Rows of every model that the admins list, as services would leave them."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from apps.cart.models import Cart, CartLine
from apps.catalog.models import Product, ProductImage, Variant
from apps.customers.models import Customer
from apps.finance.models import CreditNote, FinancialOrder, FinancialTransaction, Invoice
from apps.inventory.models import Location, StockItem
from apps.notifications.models import Message
from apps.orders.models import Order, OrderLine
from apps.orders.states import Closed, OrderStatus, PaymentStatus
from apps.payments.models import PaymentAccount, PaymentDispute, PaymentIntent, ProviderEvent
from apps.reconciliation.dto import Figures
from apps.reconciliation.models import Payout, Reconciliation
from apps.refunds.models import Refund
from apps.reports.models import DayFigures
from apps.shared import clock
from apps.shared.audit.models import AuditEntry
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent, EventDelivery
from apps.shipping.models import ShippingMethod
from apps.staff.models import User
from billing.models import Feature, Plan, PlanFeature, PlanPrice, Subscription
from tenants.models import Domain, PlatformKey, ShopMigration, Tenant
from tenants.services import create_platform_key
from tenants.states import MigrationState, Scope, TenantStatus
from tests.support.goods import make_variant

_numbers = itertools.count(1000)


def an_order(*, lines: int = 2, status: PaymentStatus = PaymentStatus.PAID) -> Order:
    """An order of `lines` lines at 10.00 each, with 5.00 shipping."""
    now, number = clock.now(), next(_numbers)
    is_paid = status == PaymentStatus.PAID
    order = Order.objects.create(
        number=f"N{number}",
        cart_id=new_id(),
        customer=a_customer(),
        email=f"buyer-{number}@example.com",
        payment_status=status,
        status=OrderStatus.PAID if is_paid else OrderStatus.AWAITING_PAYMENT,
        closed=Closed.OPEN,
        currency="USD",
        subtotal_amount=1000 * lines,
        shipping_amount=500,
        tax_amount=0,
        total_amount=1000 * lines + 500,
        shipping_method={"code": "standard", "name": "Standard"},
        shipping_address=ADDRESS,
        placed_at=now,
        expires_at=now + timedelta(hours=1),
        paid_at=now if is_paid else None,
    )
    for position in range(1, lines + 1):
        variant = make_variant()
        OrderLine.objects.create(
            order=order,
            position=position,
            product_id=variant.product_id,
            variant_id=variant.pk,
            sku=variant.sku,
            title="Thing",
            variant_title="Default",
            requires_shipping=True,
            quantity=1,
            unit_price_amount=1000,
            total_amount=1000,
        )
    order.transitions.create(target="pending", actor="anonymous", at=now)
    return order


ADDRESS = {
    "name": "Sok <b>Dara</b>",
    "line1": "12 Street 240",
    "city": "Phnom Penh",
    "postal_code": "12207",
    "country": "KH",
}


def a_product() -> Product:
    """On sale, with two variants, a picture and stock."""
    variant = make_variant()
    product = variant.product
    product.options = ["Size"]
    product.save()
    Variant.objects.filter(pk=variant.pk).update(option_values=["S"], title="S")
    a_variant_of(product, "M")
    ProductImage.objects.create(
        product=product, src=f"https://cdn.example/{product.handle}.jpg", position=1
    )
    return product


def a_variant_of(product: Product, *values: str, price: int = 2499) -> Variant:
    return Variant.objects.create(
        product=product,
        sku=f"V-{next(_numbers)}",
        title=" / ".join(values) or "Default",
        option_values=list(values),
        position=product.variants.count() + 1,
        price_amount=price,
        currency="USD",
    )


def a_customer() -> Customer:
    number = next(_numbers)
    return Customer.objects.create(
        email=f"customer-{number}@example.com",
        password="argon2$the-hash",
        name=f"Customer {number}",
    )


def a_cart() -> Cart:
    now = clock.now()
    cart = Cart.objects.create(
        customer=a_customer(), currency="USD", created_at=now, updated_at=now
    )
    for _ in range(2):
        CartLine.objects.create(
            cart=cart, variant=make_variant(), quantity=2, unit_price_amount=999
        )
    return cart


def an_intent(order: Order | None = None) -> PaymentIntent:
    order = order or an_order(lines=1)
    now = clock.now()
    return PaymentIntent.objects.create(
        order_id=order.pk,
        provider="stripe",
        amount=order.total_amount,
        currency=order.currency,
        provider_reference=f"pi_{next(_numbers)}",
        client={"client_secret": "pi_secret_must_not_show"},
        created_at=now,
        updated_at=now,
    )


def a_provider_event(body: bytes = b"{}") -> ProviderEvent:
    return ProviderEvent.objects.create(
        provider="stripe",
        event_id=f"evt_{next(_numbers)}",
        event_type="payment_intent.succeeded",
        headers={"Stripe-Signature": "t=1,v1=signature-must-not-show"},
        body=body,
        received_at=clock.now(),
    )


def a_dispute() -> PaymentDispute:
    payment = an_intent()
    return PaymentDispute.objects.create(
        payment=payment,
        provider="stripe",
        reference=f"du_{next(_numbers)}",
        amount=payment.amount,
        currency=payment.currency,
        reason="fraudulent",
        evidence_due_at=clock.now(),
        told_at=clock.now(),
        created_at=clock.now(),
    )


def a_payment_account() -> PaymentAccount:
    """One per provider: there are no more than providers."""
    return PaymentAccount.objects.update_or_create(
        provider="stripe",
        defaults={
            "settings": {"publishable_key": "pk_test_shown"},
            "secrets": {
                "secret_key": "sk_test_must_not_show",
                "webhook_secret": "whsec_must_not_show",
            },
        },
    )[0]


def an_event() -> DomainEvent:
    event = DomainEvent.objects.create(
        name="orders.order.paid",
        version=1,
        aggregate_type="order",
        aggregate_id=str(new_id()),
        sequence=1,
        payload={"order_id": "…", "note": "<script>alert(1)</script>"},
        occurred_at=clock.now(),
    )
    EventDelivery.objects.create(
        event=event, subscriber="apps.finance.issue_invoice", queue="financial", due_at=clock.now()
    )
    return event


def an_invoice() -> Invoice:
    order, number = an_order(lines=1), next(_numbers)
    return Invoice.objects.create(
        order_id=order.pk,
        order_number=order.number,
        year=2026,
        sequence=number,
        number=f"INV-2026-{number}",
        currency="USD",
        total_amount=order.total_amount,
        content={},
        issued_at=clock.now(),
    )


def a_financial_order() -> FinancialOrder:
    """Locked and paid, with its credit."""
    order, now = an_order(lines=1), clock.now()
    books = FinancialOrder.objects.create(
        order_id=order.pk,
        order_number=order.number,
        currency="USD",
        subtotal_amount=1000,
        discount_amount=0,
        shipping_amount=500,
        tax_amount=0,
        total_amount=1500,
        content={},
        locked_at=now,
    )
    FinancialTransaction.objects.create(
        financial_order=books,
        kind="credit",
        amount=1500,
        currency="USD",
        source_id=new_id(),
        created_at=now,
    )
    return books


def a_message() -> Message:
    return Message.objects.create(
        kind="order_confirmation",
        dedupe_key=f"order-confirmation:{next(_numbers)}",
        recipient="buyer@example.com",
        subject="Your order",
        body_text="Thank you",
        created_at=clock.now(),
    )


def a_tenant() -> Tenant:
    """A row with its domains, as for lists; without a schema."""
    number = next(_numbers)
    tenant = Tenant.objects.create(
        slug=f"listed-{number}",
        name=f"Listed {number}",
        schema_name=f"shop_listed_{number}",
        status=TenantStatus.ACTIVE,
    )
    Domain.objects.create(tenant=tenant, domain=f"listed-{number}.example.com", is_primary=True)
    Domain.objects.create(
        tenant=tenant, domain=f"www.listed-{number}.example.com", is_primary=False
    )
    return tenant


def a_plan() -> Plan:
    number = next(_numbers)
    plan = Plan.objects.create(code=f"plan-{number}", name=f"Plan {number}")
    PlanPrice.objects.create(plan=plan, interval="month", amount=2900, currency="USD")
    PlanFeature.objects.create(plan=plan, feature=a_feature(), limit_value=100)
    return plan


def a_feature() -> Feature:
    number = next(_numbers)
    return Feature.objects.create(code=f"feature-{number}", name=f"Feature {number}")


def a_subscription() -> Subscription:
    return Subscription.objects.create(tenant=a_tenant(), plan=a_plan())


def a_shop_migration() -> ShopMigration:
    """A shop that lags: its last migration failed."""
    now = clock.now()
    return ShopMigration.objects.create(
        tenant=a_tenant(),
        state=MigrationState.FAILED,
        step="orders.0099_odd",
        error="ProgrammingError: <b>no</b> such column\nin line 1",
        attempts=2,
        fingerprint="f" * 64,
        asked_at=now,
        began_at=now,
        ended_at=now,
    )


def a_platform_key() -> PlatformKey:
    key, _ = create_platform_key(name="ci", scopes=[Scope.READ], now=clock.now())
    return key


def a_user() -> User:
    return User.objects.create_user(f"user-{next(_numbers)}@example.com", None, is_staff=True)


def a_credit_note() -> CreditNote:
    number = next(_numbers)
    return CreditNote.objects.create(
        order_id=an_order().pk,
        refund_id=new_id(),
        order_number=f"N{number}",
        year=2026,
        sequence=number,
        number=f"CN-2026-{number:06d}",
        currency="USD",
        total_amount=1000,
        content={"number": f"CN-2026-{number:06d}"},
        issued_at=clock.now(),
    )


def a_location() -> Location:
    return Location.objects.create(name=f"Warehouse {next(_numbers)}")


def a_refund() -> Refund:
    """Of 10.00, waiting for a second person."""
    now, refund_id = clock.now(), new_id()
    refund = Refund.objects.create(
        id=refund_id,
        order_id=an_order().pk,
        payment_id=new_id(),
        currency="USD",
        amount=1000,
        other_amount=1000,
        reason="other",
        needs_approval=True,
        requested_by="staff:asker@example.com",
        provider_key=f"ref_{refund_id.hex}:create",
        created_at=now,
        updated_at=now,
    )
    refund.events.create(step="requested", actor=refund.requested_by, at=now)
    return refund


def a_reconciliation() -> Reconciliation:
    """A day on which nobody knows of a payment that the provider took."""
    sums = dict.fromkeys(Figures.__dataclass_fields__, 0) | {"provider_captured": 1000}
    report = Reconciliation.objects.create(
        provider="stripe",
        on=clock.now().date() - timedelta(days=next(_numbers)),
        run_at=clock.now(),
        figures={"USD": sums},
        difference_count=1,
    )
    report.differences.create(
        kind="payment_unknown", reference="pi_unknown", currency="USD", provider_amount=1000
    )
    return report


def a_payout() -> Payout:
    """Of one payment that nobody knows."""
    number = next(_numbers)
    payout = Payout.objects.create(
        provider="stripe",
        reference=f"po_{number}",
        amount=941,
        currency="USD",
        made_at=clock.now(),
        is_itemized=True,
        read_at=clock.now(),
    )
    payout.movements.create(
        provider="stripe",
        reference=f"txn_{number}",
        kind="capture",
        amount=1000,
        currency="USD",
        fee=59,
        moved_at=clock.now(),
    )
    return payout


def figures_of_a_day() -> DayFigures:
    """Two orders were placed, one was paid."""
    return DayFigures.objects.create(
        on=clock.now().date() - timedelta(days=next(_numbers)),
        currency="USD",
        placed_count=2,
        paid_count=1,
        gross_amount=2500,
        tax_amount=0,
        refund_count=0,
        refunded_amount=0,
    )


def a_shipping_method() -> ShippingMethod:
    number = next(_numbers)
    return ShippingMethod.objects.create(
        code=f"method-{number}", name=f"Method {number}", amount=500, currency="USD"
    )


def a_stock_item() -> StockItem:
    return StockItem.objects.get(variant=make_variant())


def an_audit_entry() -> AuditEntry:
    return AuditEntry.objects.create(
        action="inventory.stock_adjusted",
        actor="staff:ada@shop.example",
        target_type="stock_item",
        target_id=str(next(_numbers)),
        before={"on_hand": 3, "note": "<script>alert(1)</script>"},
        after={"on_hand": 2},
        origin="192.0.2.7",
        request_id="req_for_the_audit",
        at=clock.now(),
    )


SHOP_ROWS: dict[str, Callable[[], Any]] = {
    "audit.auditentry": an_audit_entry,
    "cart.cart": a_cart,
    "catalog.product": a_product,
    "catalog.variant": lambda: a_product().variants.first(),
    "customers.customer": a_customer,
    "finance.creditnote": a_credit_note,
    "finance.financialorder": a_financial_order,
    "finance.financialtransaction": lambda: a_financial_order().transactions.first(),
    "finance.invoice": an_invoice,
    "inventory.location": a_location,
    "inventory.stockitem": a_stock_item,
    "inventory.stockmovement": lambda: a_stock_item().movements.first(),
    "notifications.message": a_message,
    "orders.order": an_order,
    "outbox.domainevent": an_event,
    "outbox.eventdelivery": lambda: an_event().deliveries.first(),
    "payments.paymentaccount": a_payment_account,
    "payments.paymentdispute": a_dispute,
    "payments.paymentintent": an_intent,
    "payments.providerevent": a_provider_event,
    "reconciliation.payout": a_payout,
    "reconciliation.reconciliation": a_reconciliation,
    "refunds.refund": a_refund,
    "reports.dayfigures": figures_of_a_day,
    "shipping.shippingmethod": a_shipping_method,
    "staff.user": a_user,
}
PLATFORM_ROWS: dict[str, Callable[[], Any]] = {
    "audit.auditentry": an_audit_entry,
    "billing.feature": a_feature,
    "billing.plan": a_plan,
    "billing.subscription": a_subscription,
    "outbox.domainevent": an_event,
    "outbox.eventdelivery": lambda: an_event().deliveries.first(),
    "staff.user": a_user,
    "tenants.domain": lambda: a_tenant().domains.first(),
    "tenants.platformkey": a_platform_key,
    "tenants.shopmigration": a_shop_migration,
    "tenants.tenant": a_tenant,
}
