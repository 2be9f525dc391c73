"""Captures of less than was agreed to, and money that was taken back."""

from tests.invariants.breaking import breaks
from tests.invariants.breaks_of_money import BALANCE, intent_of
from tests.invariants.busy import BusyShop, loosen, run

CHARGED = "checkout.what_was_not_captured_is_not_charged"


@breaks("payments.a_part_is_captured_by_hand", BALANCE, CHARGED)
def a_part_that_nobody_chose(busy: BusyShop) -> str:
    """PAY-002: the provider takes all at once."""
    loosen("payments_paymentintent")
    run("UPDATE payments_paymentintent SET amount_released = 1 WHERE order_id = %s", busy.paid.pk)
    return intent_of(busy.paid).public_id


@breaks("payments.captures_come_to_an_end")
def a_capture_that_nobody_carried_out(busy: BusyShop) -> str:
    """PAY-005."""
    intent = intent_of(busy.unpaid)
    run(
        "INSERT INTO payments_paymentcapture (payment_id, status, amount, currency, failure_code,"
        " requested_by, requested_at) VALUES (%s, 'requested', 1, 'USD', '', 'staff:1', %s)",
        intent.pk,
        busy.ago(60 * 25),
    )
    return intent.public_id


@breaks(CHARGED, "finance.paid_books_have_one_credit")
def books_that_charge_more(busy: BusyShop) -> str:
    """ORDER-007."""
    run(
        "UPDATE finance_financialorder SET reduction_amount = 99 WHERE order_id = %s",
        busy.in_part.pk,
    )
    return busy.in_part.public_id


@breaks("refunds.lost_money_is_debited", BALANCE)
def a_loss_of_another_amount(busy: BusyShop) -> str:
    """FIN-005."""
    run("UPDATE payments_paymentdispute SET booked_amount = 299 WHERE reference = 'du_lost'")
    return "dispute du_lost"


@breaks("refunds.disputes_are_booked")
def a_won_dispute_whose_money_did_not_come_back(busy: BusyShop) -> str:
    """FIN-005."""
    run("UPDATE payments_paymentdispute SET status = 'won' WHERE reference = 'du_lost'")
    run(
        "UPDATE finance_financialtransaction SET created_at = %s WHERE source_id = %s",
        busy.ago(16),
        intent_of(busy.disputed).pk,
    )
    return "dispute du_lost"
