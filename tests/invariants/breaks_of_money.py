"""Payments, books and refunds."""

from typing import Any

from apps.finance.models import CreditNote, FinancialTransaction, Invoice
from apps.orders.models import Order
from apps.payments.models import PaymentAccount, PaymentIntent
from apps.reconciliation.models import Reconciliation
from apps.refunds.models import Refund
from apps.shared.ids import new_id
from tests.invariants.breaking import breaks
from tests.invariants.busy import BusyShop, loosen, run

BALANCE = "refunds.books_balance"
BOOKED = "refunds.refunds_are_booked"
SAY = "finance.invoices_say_what_was_locked"


def intent_of(order: Order) -> PaymentIntent:
    return PaymentIntent.objects.get(order_id=order.pk)


def invoice_of(order: Order) -> Invoice:
    return Invoice.objects.get(order_id=order.pk)


def credit_of(order: Order) -> FinancialTransaction:
    return FinancialTransaction.objects.get(source_id=intent_of(order).pk)


def ask_for(busy: BusyShop, **changes: Any) -> Refund:
    """A refund as it stands when somebody has asked for it."""
    usual = {
        "order_id": busy.sold.pk,
        "payment_id": intent_of(busy.sold).pk,
        "currency": "USD",
        "amount": 1,
        "other_amount": 1,
        "reason": "other",
        "requested_by": "staff:1",
        "provider_key": "a-key",
        "created_at": busy.now,
        "updated_at": busy.now,
    }
    refund = Refund.objects.create(**{**usual, **changes})
    refund.events.create(step="requested", actor="staff:1", at=busy.now)
    return refund


@breaks("payments.one_payment_is_active_and_one_captured")
def two_under_way(busy: BusyShop) -> str:
    """PAY-001."""
    loosen("payments_paymentintent")
    intent = intent_of(busy.unpaid)
    intent.pk = new_id()
    intent.save(force_insert=True)
    return busy.unpaid.public_id


@breaks("payments.references_name_one_payment")
def two_of_one_reference(busy: BusyShop) -> str:
    """PAY-004."""
    loosen("payments_paymentintent")
    run(
        "UPDATE payments_paymentintent SET provider_reference = %s WHERE order_id = %s",
        intent_of(busy.paid).provider_reference,
        busy.sold.pk,
    )
    return intent_of(busy.paid).public_id


@breaks("payments.payments_collect_something")
def a_status_that_is_none(busy: BusyShop) -> str:
    """PAY-002."""
    loosen("payments_paymentintent")
    run("UPDATE payments_paymentintent SET status = 'odd' WHERE order_id = %s", busy.unpaid.pk)
    return intent_of(busy.unpaid).public_id


def _webhook(state: str, received_at: object) -> int:
    made: int = run(
        "INSERT INTO payments_providerevent (provider, account, event_id, event_type, headers,"
        " body, state, outcome, received_at)"
        " VALUES ('stripe', '', 'evt_1', 'x', '{}', '', %s, '', %s) RETURNING id",
        state,
        received_at,
    )
    return made


@breaks("payments.a_webhook_is_stored_once")
def a_webhook_that_was_stored_twice(busy: BusyShop) -> str:
    """PAY-007."""
    loosen("payments_providerevent")
    first = _webhook("processed", busy.now)
    _webhook("processed", busy.now)
    return f"provider event {first}"


@breaks("payments.webhooks_are_worked_on")
def a_webhook_that_was_lost(busy: BusyShop) -> str:
    """PAY-006."""
    return f"provider event {_webhook('received', busy.ago(16))}"


@breaks("payments.flagged_money_is_resolved")
def an_orphan_that_nobody_gave_back(busy: BusyShop) -> str:
    """PAY-008."""
    run(
        "UPDATE payments_paymentintent SET flag = 'order_not_payable', updated_at = %s"
        " WHERE order_id = %s",
        busy.ago(31),
        busy.cancelled.pk,
    )
    return intent_of(busy.cancelled).public_id


@breaks("checkout.payments_are_for_the_order_s_total")
def a_payment_of_more(busy: BusyShop) -> str:
    """PAY-002, ORDER-007."""
    run("UPDATE payments_paymentintent SET amount = amount + 1 WHERE order_id = %s", busy.unpaid.pk)
    return intent_of(busy.unpaid).public_id


@breaks("checkout.paid_orders_were_paid_by_the_provider")
def paid_by_nobody(busy: BusyShop) -> str:
    """ORDER-005, INV 2."""
    run(
        "UPDATE finance_financialtransaction SET source_id = %s WHERE id = %s",
        new_id(),
        credit_of(busy.paid).pk,
    )
    return busy.paid.public_id


@breaks("checkout.books_are_paid_with_their_order")
def books_of_another_moment(busy: BusyShop) -> str:
    """FIN-002."""
    run(
        "UPDATE orders_order SET paid_at = paid_at + interval '1 second' WHERE id = %s",
        busy.paid.pk,
    )
    return busy.paid.public_id


@breaks("checkout.books_hold_the_order_s_totals")
def books_of_another_order(busy: BusyShop) -> str:
    """ORDER-007, FIN-006."""
    run("UPDATE finance_financialorder SET order_number = 'X' WHERE order_id = %s", busy.unpaid.pk)
    return busy.unpaid.public_id


@breaks("checkout.captured_payments_are_settled")
def captured_and_forgotten(busy: BusyShop) -> str:
    """PAY-008, INV 2."""
    run(
        "UPDATE payments_paymentintent SET status = 'succeeded', provider_reference = 'pi_lost',"
        " updated_at = %s WHERE order_id = %s",
        busy.ago(16),
        busy.unpaid.pk,
    )
    return intent_of(busy.unpaid).public_id


@breaks("checkout.closed_orders_collect_nothing")
def a_payment_that_was_not_given_up(busy: BusyShop) -> str:
    """PAY-005."""
    run("UPDATE orders_order SET closed_at = %s WHERE id = %s", busy.ago(121), busy.cancelled.pk)
    return intent_of(busy.cancelled).public_id


@breaks("finance.an_order_has_one_invoice", SAY)
def two_invoices_of_one_order(busy: BusyShop) -> str:
    """FIN-001, INV 5."""
    loosen("finance_invoice")
    run(
        "UPDATE finance_invoice SET order_id = %s WHERE order_id = %s",
        busy.given_back.pk,
        busy.sold.pk,
    )
    return busy.given_back.public_id


@breaks("finance.paid_orders_are_invoiced")
def paid_without_an_invoice(busy: BusyShop) -> str:
    """FIN-001, INV 5."""
    for table, column in (("orders_order", "id"), ("finance_financialorder", "order_id")):
        run(f"UPDATE {table} SET paid_at = %s WHERE {column} = %s", busy.ago(16), busy.paid.pk)
    return busy.paid.public_id


@breaks("finance.documents_are_stored")
def an_invoice_that_was_never_drawn(busy: BusyShop) -> str:
    """FIN-004, INV 5."""
    invoice = invoice_of(busy.sold)
    run("UPDATE finance_invoice SET issued_at = %s WHERE id = %s", busy.ago(16), invoice.pk)
    return invoice.public_id


@breaks("finance.nothing_is_booked_twice", BALANCE, "finance.paid_books_have_one_credit")
def a_credit_that_was_booked_twice(busy: BusyShop) -> str:
    """FIN-002."""
    loosen("finance_financialtransaction")
    credit = credit_of(busy.paid)
    first, credit.pk = credit.pk, None
    credit.save(force_insert=True)
    return f"transaction {first}"


@breaks("finance.paid_books_have_one_credit", BALANCE)
def a_credit_of_more(busy: BusyShop) -> str:
    """FIN-002, FIN-005."""
    run(
        "UPDATE finance_financialtransaction SET amount = amount + 1 WHERE id = %s",
        credit_of(busy.paid).pk,
    )
    return busy.paid.public_id


@breaks("finance.a_debit_has_its_credit_note")
def a_credit_note_of_more(busy: BusyShop) -> str:
    """FIN-002."""
    note = CreditNote.objects.get(refund_id=busy.refund.pk)
    run("UPDATE finance_creditnote SET total_amount = total_amount + 1 WHERE id = %s", note.pk)
    return busy.refund.public_id


@breaks("finance.numbers_have_no_gap")
def a_number_that_nobody_has(busy: BusyShop) -> str:
    """FIN-003."""
    year = invoice_of(busy.sold).year
    run("UPDATE finance_documentsequence SET last_number = 3 WHERE kind = 'invoice'")
    return f"invoice {year}/3"


@breaks("finance.numbers_rise_with_time")
def numbers_out_of_order(busy: BusyShop) -> str:
    """FIN-003."""
    second = invoice_of(busy.given_back)
    run(
        "UPDATE finance_invoice SET issued_at = issued_at - interval '1 hour',"
        " document_path = 'x', document_sha256 = 'x' WHERE id = %s",
        second.pk,
    )
    return f"invoice {second.number}"


@breaks(SAY)
def an_invoice_that_was_rewritten(busy: BusyShop) -> str:
    """FIN-004, ORDER-008."""
    invoice = invoice_of(busy.sold)
    run(
        "UPDATE finance_invoice SET content = jsonb_set(content, '{order,buyer,name}', '\"Bob\"')"
        " WHERE id = %s",
        invoice.pk,
    )
    return invoice.public_id


@breaks("refunds.refunds_give_captured_money_back")
def a_refund_in_another_currency(busy: BusyShop) -> str:
    """REF-001."""
    run("UPDATE refunds_refund SET currency = 'EUR' WHERE id = %s", busy.refund.pk)
    return busy.refund.public_id


@breaks("refunds.refunds_add_up")
def a_line_that_gives_less(busy: BusyShop) -> str:
    """REF-002."""
    run("UPDATE refunds_refundline SET amount = amount - 1 WHERE refund_id = %s", busy.refund.pk)
    return busy.refund.public_id


@breaks("refunds.no_more_is_given_back_than_was_captured")
def more_asked_for_than_is_left(busy: BusyShop) -> str:
    """REF-003."""
    ask_for(busy, amount=busy.sold.total_amount, other_amount=busy.sold.total_amount)
    return intent_of(busy.sold).public_id


@breaks(
    "refunds.no_more_is_given_back_than_the_total",
    "refunds.no_more_is_given_back_than_was_captured",
    BALANCE,
    BOOKED,
)
def more_given_back_than_the_total(busy: BusyShop) -> str:
    """ORDER-004."""
    run(
        "UPDATE refunds_refund SET other_amount = %s, amount = amount + %s WHERE id = %s",
        busy.sold.total_amount,
        busy.sold.total_amount,
        busy.refund.pk,
    )
    return busy.sold.public_id


@breaks("refunds.no_more_pieces_are_refunded_than_ordered")
def more_pieces_than_were_bought(busy: BusyShop) -> str:
    """REF-003."""
    line = busy.sold.lines.get(position=1)
    ask_for(busy).lines.create(order_line_id=line.pk, quantity=line.quantity, amount=0)
    return line.public_id


@breaks("refunds.stock_comes_back_with_its_refund")
def stock_that_came_back_unasked(busy: BusyShop) -> str:
    """REF-004, STOCK-005."""
    run("UPDATE refunds_refundline SET restock = 'none' WHERE refund_id = %s", busy.refund.pk)
    return f"refund {busy.refund.public_id}"


@breaks("refunds.refunds_say_who_decided")
def a_refund_without_its_second_person(busy: BusyShop) -> str:
    """REF-005."""
    run("UPDATE refunds_refund SET needs_approval = true WHERE id = %s", busy.refund.pk)
    return busy.refund.public_id


@breaks("refunds.reported_refunds_are_known")
def a_dashboard_refund_that_was_missed(busy: BusyShop) -> str:
    """REF-006, INV 3."""
    run(
        "INSERT INTO outbox_domainevent (id, name, version, aggregate_type, aggregate_id, sequence,"
        " payload, request_id, actor, occurred_at) VALUES (uuidv7(),"
        " 'payments.intent.refund_reported', 1, 'intent', 'x', 1,"
        """ '{"provider_reference": "re_x", "state": "succeeded", "amount": 5}', '', '', %s)""",
        busy.ago(16),
    )
    return "provider refund re_x"


@breaks("refunds.succeeded_refunds_name_the_provider_s")
def a_refund_that_no_provider_knows(busy: BusyShop) -> str:
    """REF-006, INV 3."""
    run("UPDATE refunds_refund SET provider_reference = NULL WHERE id = %s", busy.refund.pk)
    return busy.refund.public_id


@breaks("refunds.every_step_of_a_refund_is_kept")
def a_step_without_its_event(busy: BusyShop) -> str:
    """REF-008, INV 8."""
    run(
        "DELETE FROM refunds_refundevent WHERE refund_id = %s AND step = 'processing'",
        busy.refund.pk,
    )
    return busy.refund.public_id


@breaks("refunds.orders_are_refunded_with_their_total")
def refunded_without_a_refund(busy: BusyShop) -> str:
    """REF-007."""
    run(
        "INSERT INTO orders_ordertransition (order_id, source, target, actor, reason, at)"
        " VALUES (%s, 'paid', 'partially_refunded', 'test', '', now())",
        busy.paid.pk,
    )
    run(
        "UPDATE orders_order SET payment_status = 'partially_refunded',"
        " status = 'partially_refunded' WHERE id = %s",
        busy.paid.pk,
    )
    return busy.paid.public_id


@breaks(BOOKED, BALANCE)
def reversed_but_not_in_the_books(busy: BusyShop) -> str:
    """FIN-002, INV 3."""
    run("UPDATE refunds_refund SET reversed_at = now() WHERE id = %s", busy.refund.pk)
    return busy.refund.public_id


@breaks(BALANCE, BOOKED, "finance.a_debit_has_its_credit_note")
def a_debit_of_less(busy: BusyShop) -> str:
    """FIN-005, INV 3."""
    run(
        "UPDATE finance_financialtransaction SET amount = amount - 1 WHERE source_id = %s",
        busy.refund.pk,
    )
    return busy.sold.public_id


@breaks("reconciliation.providers_agree")
def a_difference_that_stays(busy: BusyShop) -> str:
    """FIN-005."""
    found = Reconciliation.objects.create(
        provider="stripe", on=busy.now.date(), run_at=busy.now, figures={}, difference_count=1
    )
    return f"reconciliation {found.pk}"


@breaks("reconciliation.providers_are_compared")
def an_account_that_nobody_compares(busy: BusyShop) -> str:
    """FIN-005."""
    run(
        "UPDATE payments_paymentintent SET created_at = %s WHERE order_id = %s",
        busy.ago(3 * 24 * 60 + 1),
        busy.paid.pk,
    )
    return f"payment account {PaymentAccount.objects.get().pk}"
