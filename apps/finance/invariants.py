"""What must be true of the books and of issued documents."""

from datetime import timedelta

from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, invariant

# A handler is tried for some four minutes before its delivery is a dead letter.
DOCUMENT_GRACE = timedelta(minutes=15)


@invariant("FIN-001", "INV 5", gauge=Gauge.FINANCE)
def an_order_has_one_invoice(shop: Shop) -> Found:
    """An order has one invoice at most; it was paid, and the invoice is for what was charged."""
    return shop.offenders("""
        SELECT 'ord' AS kind, invoice.order_id AS id,
            concat('1 invoice over ', max(books.total_amount - books.reduction_amount), ' ',
                max(books.currency)
            ) AS expected,
            concat(count(*), ' over ', string_agg(concat(invoice.total_amount, ' ',
                invoice.currency), ', '), ', books ', coalesce(max(books.status), 'missing')
            ) AS found
        FROM {shop}.finance_invoice AS invoice
        LEFT JOIN {shop}.finance_financialorder AS books ON books.order_id = invoice.order_id
        GROUP BY invoice.order_id
        HAVING count(*) > 1 OR NOT bool_and(coalesce(books.status = 'paid'
            AND books.total_amount - books.reduction_amount = invoice.total_amount
            AND books.currency = invoice.currency, false))
    """)


@invariant("FIN-001", "INV 5", gauge=Gauge.FINANCE, severity=Severity.LATE)
def paid_orders_are_invoiced(shop: Shop) -> Found:
    """A paid order has its invoice, a quarter of an hour later at most."""
    return shop.offenders(
        """
        SELECT 'ord' AS kind, books.order_id AS id, 'an invoice' AS expected,
            concat('none, paid at ', books.paid_at) AS found
        FROM {shop}.finance_financialorder AS books
        WHERE books.status = 'paid' AND books.paid_at < %(overdue)s
            AND NOT EXISTS (
                SELECT 1 FROM {shop}.finance_invoice WHERE order_id = books.order_id
            )
        """,
        overdue=shop.now - DOCUMENT_GRACE,
    )


@invariant("FIN-004", "INV 5", gauge=Gauge.FINANCE, severity=Severity.LATE)
def documents_are_stored(shop: Shop) -> Found:
    """An issued document has its file and digest, a quarter of an hour later at most."""
    return shop.offenders(
        """
        SELECT kind, id, 'a stored document' AS expected, concat(number, ' has none') AS found
        FROM (
            SELECT 'inv' AS kind, id, number, issued_at, document_path, document_sha256
            FROM {shop}.finance_invoice
            UNION ALL
            SELECT 'crn', id, number, issued_at, document_path, document_sha256
            FROM {shop}.finance_creditnote
        ) AS document
        WHERE (document_path = '' OR document_sha256 = '') AND issued_at < %(overdue)s
        """,
        overdue=shop.now - DOCUMENT_GRACE,
    )


@invariant("FIN-002", gauge=Gauge.FINANCE)
def nothing_is_booked_twice(shop: Shop) -> Found:
    """A payment is credited once and a refund debited once, over a positive amount in the order's
    currency."""
    return shop.offenders("""
        SELECT 'transaction' AS kind, id, '1 of its source, positive, in ' || currency AS expected,
            concat(same, ' ', kind_of, ' of ', replace(source_id::text, '-', ''), ' over ',
                amount, ' ', booked_in) AS found
        FROM (
            SELECT moved.id, moved.kind AS kind_of, moved.source_id, moved.amount,
                moved.currency AS booked_in, books.currency,
                count(*) OVER (PARTITION BY moved.kind, moved.source_id) AS same
            FROM {shop}.finance_financialtransaction AS moved
            JOIN {shop}.finance_financialorder AS books ON books.id = moved.financial_order_id
        ) AS booked
        WHERE same > 1 OR amount <= 0 OR booked_in <> currency
    """)


@invariant("FIN-002", "FIN-005", gauge=Gauge.FINANCE)
def paid_books_have_one_credit(shop: Shop) -> Found:
    """Books are paid by exactly one credit over what is charged; locked ones have no
    transaction."""
    return shop.offenders("""
        SELECT 'ord' AS kind, books.order_id AS id,
            CASE books.status WHEN 'paid'
                THEN concat('1 credit over ', books.total_amount - books.reduction_amount)
                ELSE 'no transactions' END AS expected,
            concat(coalesce(paid.credits, 0), ' credits over ', coalesce(paid.amount, 0)) AS found
        FROM {shop}.finance_financialorder AS books
        LEFT JOIN (
            -- A credit whose source was debited too is a refund that came back.
            SELECT credit.financial_order_id, count(*) AS credits, sum(credit.amount) AS amount
            FROM {shop}.finance_financialtransaction AS credit
            LEFT JOIN {shop}.finance_financialtransaction AS debit
                ON debit.source_id = credit.source_id AND debit.kind = 'debit'
            WHERE credit.kind = 'credit' AND debit.id IS NULL
            GROUP BY credit.financial_order_id
        ) AS paid ON paid.financial_order_id = books.id
        WHERE CASE books.status
            WHEN 'paid' THEN (paid.credits, paid.amount)
                IS DISTINCT FROM
                    (1::bigint, (books.total_amount - books.reduction_amount)::numeric)
            ELSE EXISTS (
                SELECT 1 FROM {shop}.finance_financialtransaction
                WHERE financial_order_id = books.id
            )
        END
    """)


@invariant("FIN-002", gauge=Gauge.FINANCE)
def a_debit_has_its_credit_note(shop: Shop) -> Found:
    """Each refund's debit has one credit note over its amount, and each credit note a debit."""
    return shop.offenders("""
        SELECT 'ref' AS kind, coalesce(debit.source_id, note.refund_id) AS id,
            concat('debit ', debit.amount, ' and credit note alike') AS expected,
            concat(note.notes, ' credit notes over ', note.amount) AS found
        FROM (
            SELECT source_id, amount FROM {shop}.finance_financialtransaction
            WHERE kind = 'debit' AND NOT is_dispute
        ) AS debit
        FULL JOIN (
            SELECT refund_id, count(*) AS notes, sum(total_amount) AS amount
            FROM {shop}.finance_creditnote GROUP BY refund_id
        ) AS note ON note.refund_id = debit.source_id
        WHERE note.amount IS DISTINCT FROM debit.amount OR note.notes > 1
    """)


@invariant("FIN-003", gauge=Gauge.FINANCE)
def numbers_have_no_gap(shop: Shop) -> Found:
    """Invoices and credit notes of a year are numbered 1, 2, 3 … up to the last number given.

    What a restored shop's lost days gave out is noted (`LostNumbers`), and left out here.
    """
    return shop.offenders(
        """
        SELECT coalesce(counted.kind, document.kind) AS kind,
            concat(coalesce(counted.year, document.year), '/',
                coalesce(counted.place, document.sequence)) AS id,
            CASE WHEN counted.place IS NULL THEN 'no such number yet' ELSE '1 document'
            END AS expected,
            concat(coalesce(document.documents, 0), ' documents') AS found
        FROM (
            SELECT given.kind, given.year, place
            FROM {shop}.finance_documentsequence AS given,
                generate_series(1, given.last_number) AS place
            WHERE NOT EXISTS (
                SELECT 1 FROM {shop}.finance_lostnumbers AS lost
                WHERE (lost.kind, lost.year) = (given.kind, given.year)
                    AND place BETWEEN lost.first_number AND lost.last_number
            )
        ) AS counted
        FULL JOIN (
            SELECT kind, year, sequence, count(*) AS documents
            FROM (
                SELECT 'invoice' AS kind, year, sequence FROM {shop}.finance_invoice
                UNION ALL
                SELECT 'credit_note', year, sequence FROM {shop}.finance_creditnote
            ) AS issued GROUP BY kind, year, sequence
        ) AS document ON (document.kind, document.year, document.sequence)
            = (counted.kind, counted.year, counted.place)
        WHERE coalesce(document.documents, 0) <> 1 OR counted.place IS NULL
        """
    )


@invariant("FIN-003", gauge=Gauge.FINANCE)
def numbers_rise_with_time(shop: Shop) -> Found:
    """A higher number was not issued before a lower one, and says year and sequence."""
    return shop.offenders(
        """
        SELECT kind, number AS id, concat('issued not before ', before) AS expected,
            concat('issued at ', issued_at) AS found
        FROM (
            SELECT kind, number, issued_at, year, sequence,
                lag(issued_at) OVER (PARTITION BY kind, year ORDER BY sequence) AS before
            FROM (
                SELECT 'invoice' AS kind, year, sequence, number, issued_at
                FROM {shop}.finance_invoice
                UNION ALL
                SELECT 'credit_note', year, sequence, number, issued_at
                FROM {shop}.finance_creditnote
            ) AS issued
        ) AS document
        WHERE issued_at < before
            OR number NOT LIKE concat('%%-', year, '-', lpad(sequence::text,
                greatest(6, length(sequence::text)), '0'))
        """
    )


@invariant("FIN-004", "ORDER-008", gauge=Gauge.FINANCE)
def invoices_say_what_was_locked(shop: Shop) -> Found:
    """An invoice still says its number, its total, and all that the books say of its order."""
    return shop.offenders("""
        SELECT 'inv' AS kind, invoice.id, concat(invoice.number, ' over ', invoice.total_amount,
                ', its order as in the books') AS expected,
            concat(invoice.content ->> 'number', ' over ',
                invoice.content -> 'order' ->> 'total_amount',
                ' − ' || nullif(invoice.content ->> 'reduction_amount', '0'),
                CASE WHEN NOT invoice.content -> 'order' @> books.content
                    THEN ', another order' END) AS found
        FROM {shop}.finance_invoice AS invoice
        JOIN {shop}.finance_financialorder AS books ON books.order_id = invoice.order_id
        -- What is issued later may say more: fields are added, and what is locked is not rewritten.
        WHERE NOT invoice.content -> 'order' @> books.content
            OR invoice.content ->> 'number' IS DISTINCT FROM invoice.number
            OR (invoice.content -> 'order' ->> 'total_amount')::bigint
                - coalesce((invoice.content ->> 'reduction_amount')::bigint, 0)
                IS DISTINCT FROM invoice.total_amount
    """)
