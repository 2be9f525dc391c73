-- What checkout_complete_cart is made of.

-- apps.cart.totals.TaxRule.tax_on: halves rounded up.
CREATE FUNCTION checkout_tax(amount bigint, rate_bp int, included boolean) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT (2 * amount * rate_bp + base) / (2 * base)
    FROM (SELECT (CASE WHEN included THEN 10000 + rate_bp ELSE 10000 END)::bigint AS base) b
$$;

-- apps.shared.money.Money.as_json.
CREATE FUNCTION checkout_money(amount bigint, currency text, exponent int) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'amount', amount, 'currency', currency,
        'display', to_char(amount::numeric / (10 ^ exponent)::numeric,
            CASE WHEN exponent = 0 THEN 'FM999,999,999,999,999,999,990'
                 ELSE 'FM999,999,999,999,999,999,990.' || repeat('0', exponent) END) || ' ' || currency
    )
$$;

-- RFC 3339 in UTC, microseconds only when there are any, as the renderer writes it.
CREATE FUNCTION checkout_time(moment timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
        || CASE WHEN date_part('microseconds', moment)::bigint % 1000000 = 0 THEN ''
           ELSE to_char(moment AT TIME ZONE 'UTC', '.US') END || 'Z'
$$;

-- apps.checkout.order_of_cart._address_lines.
CREATE FUNCTION checkout_address_lines(address jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_agg(part ORDER BY position) FILTER (WHERE part <> ''), '[]')
    FROM unnest(ARRAY[
        address ->> 'line1', address ->> 'line2',
        concat_ws(' ', nullif(address ->> 'postal_code', ''), nullif(address ->> 'city', '')),
        address ->> 'region', address ->> 'country'
    ]) WITH ORDINALITY AS parts(part, position)
$$;

-- The variants of which there is too little, as [{product, variant, requested, available}]; NULL
-- when there is enough of all. No locks.
CREATE FUNCTION checkout_shortage(lines jsonb) RETURNS jsonb
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT jsonb_agg(jsonb_build_object(
        'product', line -> 'product', 'variant', line -> 'variant',
        'requested', line -> 'quantity', 'available', greatest(available, 0)
    ) ORDER BY position)
    FROM jsonb_array_elements(lines) WITH ORDINALITY AS l(line, position)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(s.on_hand - s.reserved + s.backorder_limit), 0) AS available
        FROM inventory_stockitem s
        JOIN inventory_location o ON o.id = s.location_id AND o.is_active
        WHERE s.variant_id = (line ->> 'variant')::uuid
    ) stock
    WHERE available < (line ->> 'quantity')::int
$$;

-- apps.shared.money.exponent; a test compares them for every currency.
CREATE FUNCTION checkout_exponent(currency text) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
        WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
        WHEN currency IN ('CLF', 'UYW') THEN 4
        ELSE 2
    END
$$;
