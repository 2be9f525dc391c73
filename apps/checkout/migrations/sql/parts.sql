-- What checkout_complete_cart is made of. Each body is one expression that is no more volatile than
-- its function is declared, so that the planner writes it into the caller: a call costs nothing.

-- apps.cart.totals.TaxRule.tax_on: halves rounded up.
CREATE OR REPLACE FUNCTION checkout_tax(amount bigint, rate_bp int, included boolean) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN included THEN (2 * amount * rate_bp + 10000 + rate_bp) / (2 * (10000 + rate_bp))
        ELSE (2 * amount * rate_bp + 10000) / 20000
    END
$$;

-- apps.shared.money.exponent, as a power of ten; a test compares them for every currency.
CREATE OR REPLACE FUNCTION checkout_minor_units(currency text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 1
        WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
        WHEN currency IN ('CLF', 'UYW') THEN 10000
        ELSE 100
    END
$$;

-- apps.shared.money.Money.as_json, for an amount that is not negative; `units` are the currency's
-- minor units in one of its own.
CREATE OR REPLACE FUNCTION checkout_money(amount bigint, currency text, units bigint) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT concat(
        '{"amount":', amount, ',"currency":"', currency, '","display":"',
        to_char(amount / units, 'FM999,999,999,999,999,999,990'),
        CASE WHEN units > 1 THEN '.' || right((units + amount % units)::text, -1) END,
        ' ', currency, '"}'
    )
$$;

-- RFC 3339 in UTC, microseconds only when there are any, as the renderer writes it.
CREATE OR REPLACE FUNCTION checkout_time(moment timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN date_trunc('second', moment) = moment
        THEN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        ELSE to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    END
$$;

-- An address as the lines of a letter.
CREATE OR REPLACE FUNCTION checkout_address_lines(address jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(array_remove(ARRAY[
        nullif(address ->> 'line1', ''), nullif(address ->> 'line2', ''),
        nullif(concat_ws(' ', nullif(address ->> 'postal_code', ''), nullif(address ->> 'city', '')), ''),
        nullif(address ->> 'region', ''), nullif(address ->> 'country', '')
    ], NULL))
$$;

-- The variants of which there is too little, as [{product, variant, requested, available}]; NULL
-- when there is enough of all. No locks.
CREATE OR REPLACE FUNCTION checkout_shortage(products uuid[], variants uuid[], quantities int[]) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(jsonb_build_object(
        'product', product, 'variant', variant, 'requested', quantity,
        'available', greatest(available, 0)
    ) ORDER BY position)
    FROM unnest(products, variants, quantities) WITH ORDINALITY AS l(product, variant, quantity, position)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(s.on_hand - s.reserved + s.backorder_limit), 0) AS available
        FROM inventory_stockitem s
        JOIN inventory_location o ON o.id = s.location_id AND o.is_active
        WHERE s.variant_id = variant
    ) stock
    WHERE available < quantity
$$;

-- The lines of a cart as refusals tell of them, with what has changed since they were put there.
CREATE OR REPLACE FUNCTION checkout_lines(cart uuid) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('lines', jsonb_agg(jsonb_build_object(
        'cart_line', l.id, 'variant', l.variant_id, 'price', v.price_amount,
        'seen_price', l.unit_price_amount, 'for_sale', p.status = 'active'
    ) ORDER BY l.id))
    FROM cart_cartline l
    JOIN catalog_variant v ON v.id = l.variant_id
    JOIN catalog_product p ON p.id = v.product_id
    WHERE l.cart_id = cart
$$;
