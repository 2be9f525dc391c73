-- Completing a cart in one round trip. The same as apps.checkout.services would write with the ORM,
-- which tests/checkout/oracle.py does and a property test compares.
--
-- Locks, in this order: the key's advisory lock, the cart, the stock rows by primary key. The stock
-- rows come last, after everything else is written, so that a hot product is held for as short as
-- can be; when they turn out short, the exception takes back all that was written.
--
-- `outcome` is `created`, `replayed`, or why not; a refusal has written nothing. `details` are facts
-- that the caller words.
CREATE OR REPLACE FUNCTION checkout_complete_cart(
    p_cart uuid,
    p_token_opens boolean,
    p_customer uuid,
    p_expected_amount bigint,
    p_expected_currency text,
    p_order uuid,
    p_number text,
    p_order_token text,
    p_actor text,
    p_request_id text,
    p_now timestamptz,
    p_now_text text,
    p_subscribers text[],
    p_queues text[],
    p_low_subscribers text[],
    p_low_queues text[],
    p_scope bytea,
    p_key text,
    p_method text,
    p_path text,
    p_fingerprint bytea,
    p_order_limit int,
    p_first_of_month uuid,
    OUT outcome text,
    OUT details jsonb,
    OUT status smallint,
    OUT headers jsonb,
    OUT body bytea
) LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_record idempotency_idempotencyrecord;
    v_cart cart_cart;
    -- The shop, the shipping method and the provider.
    v_tax_rate int;
    v_tax_included boolean;
    v_expires_at timestamptz;
    v_method uuid;
    v_method_code text;
    v_method_name text;
    v_shipping bigint;
    v_provider text;
    -- The lines, as arrays side by side.
    v_lines uuid[];
    v_products uuid[];
    v_variants uuid[];
    v_skus text[];
    v_titles text[];
    v_variant_titles text[];
    v_quantities int[];
    v_prices bigint[];
    v_taxes bigint[];
    v_need_shipping boolean[];
    v_line_count int;
    v_subtotal bigint;
    v_line_tax bigint;
    v_any_taxable boolean;
    v_needs_shipping boolean;
    v_all_for_sale boolean;
    v_any_changed boolean;
    v_any_short boolean;
    -- What it comes to.
    v_units bigint;
    v_all_tax bigint;
    v_tax bigint;
    v_included bigint;
    v_total bigint;
    v_missing text[];
    v_method_json jsonb;
    v_address jsonb;
    v_event uuid;
    v_used bigint;
    v_taken bigint;
    v_wanted bigint;
    v_low jsonb;
BEGIN
    -- The key (IDEM-001, 002, 004): a second request meanwhile is turned away, a later one replayed.
    IF NOT pg_try_advisory_xact_lock(
        hashtextextended(current_schema(), ('x' || encode(substr(p_scope, 1, 8), 'hex'))::bit(64)::bigint)
    ) THEN
        outcome := 'idempotency_in_flight';
        RETURN;
    END IF;
    SELECT * INTO v_record FROM idempotency_idempotencyrecord WHERE scope = p_scope;
    IF FOUND AND v_record.created_at > p_now - interval '24 hours' THEN
        IF v_record.fingerprint <> p_fingerprint THEN
            outcome := 'idempotency_key_reused';
            RETURN;
        END IF;
        IF v_record.status_code IS NOT NULL THEN
            outcome := 'replayed';
            status := v_record.status_code;
            headers := v_record.headers;
            body := v_record.body;
            RETURN;
        END IF;
    END IF;

    -- The cart, locked (CART-005, ORDER-006).
    SELECT * INTO v_cart FROM cart_cart WHERE id = p_cart FOR NO KEY UPDATE;
    IF NOT FOUND OR NOT (CASE
        WHEN v_cart.customer_id IS NOT NULL THEN v_cart.customer_id IS NOT DISTINCT FROM p_customer
        ELSE p_token_opens
    END) THEN
        outcome := 'cart_not_found';
        RETURN;
    END IF;
    IF v_cart.completed_at IS NOT NULL THEN
        outcome := 'completed_before';
        RETURN;
    END IF;

    -- What it holds, priced as of now.
    SELECT s.tax_rate_bp, s.prices_include_tax, p_now + make_interval(mins => s.order_expiry_minutes),
        m.id, m.code, m.name, coalesce(m.amount, 0),
        (SELECT provider FROM payments_paymentaccount WHERE is_active ORDER BY position, id LIMIT 1)
    INTO v_tax_rate, v_tax_included, v_expires_at, v_method, v_method_code, v_method_name, v_shipping, v_provider
    FROM shop_shopsettings s LEFT JOIN shipping_shippingmethod m ON m.id = v_cart.shipping_method_id;
    SELECT array_agg(uuidv7()), array_agg(product), array_agg(variant), array_agg(sku), array_agg(title),
        array_agg(variant_title), array_agg(quantity), array_agg(price), array_agg(tax),
        array_agg(needs_shipping), count(*), coalesce(sum(quantity * price), 0), sum(tax),
        bool_or(taxable), bool_or(needs_shipping), bool_and(for_sale), bool_or(price <> seen_price),
        bool_or(quantity > available)
    INTO v_lines, v_products, v_variants, v_skus, v_titles, v_variant_titles, v_quantities, v_prices,
        v_taxes, v_need_shipping, v_line_count, v_subtotal, v_line_tax, v_any_taxable,
        v_needs_shipping, v_all_for_sale, v_any_changed, v_any_short
    FROM (
        SELECT v.product_id AS product, v.id AS variant, v.sku, p.title, v.title AS variant_title,
            l.quantity, v.price_amount AS price, l.unit_price_amount AS seen_price, v.taxable,
            v.requires_shipping AS needs_shipping, p.status = 'active' AS for_sale,
            CASE WHEN v.taxable THEN
                checkout_tax(l.quantity * v.price_amount, v_tax_rate, v_tax_included) ELSE 0 END AS tax,
            -- Without locks: most shortages are seen here, quickly, and hold nobody up.
            (SELECT coalesce(sum(s.on_hand - s.reserved + s.backorder_limit), 0)
             FROM inventory_stockitem s
             JOIN inventory_location o ON o.id = s.location_id AND o.is_active
             WHERE s.variant_id = v.id) AS available
        FROM cart_cartline l
        JOIN catalog_variant v ON v.id = l.variant_id
        JOIN catalog_product p ON p.id = v.product_id
        WHERE l.cart_id = p_cart ORDER BY l.id
    ) line;

    IF v_line_count = 0 THEN
        outcome := 'cart_empty';
        RETURN;
    END IF;
    v_missing := array_remove(ARRAY[
        CASE WHEN v_cart.email = '' THEN 'email' END,
        CASE WHEN v_needs_shipping AND coalesce(v_cart.shipping_address, '{}') IN ('{}', 'null')
            THEN 'shipping_address' END,
        CASE WHEN v_needs_shipping AND v_method IS NULL THEN 'shipping_method' END
    ], NULL);
    IF v_missing <> '{}' THEN
        outcome := 'cart_incomplete';
        details := jsonb_build_object('missing', v_missing);
        RETURN;
    END IF;
    IF NOT v_all_for_sale THEN
        outcome := 'not_for_sale';
        details := checkout_lines(p_cart);
        RETURN;
    END IF;

    -- Totals: apps.cart.totals in SQL (ORDER-007).
    v_all_tax := v_line_tax + CASE WHEN v_any_taxable THEN
        checkout_tax(v_shipping, v_tax_rate, v_tax_included) ELSE 0 END;
    v_tax := CASE WHEN v_tax_included THEN 0 ELSE v_all_tax END;
    v_included := v_all_tax - v_tax;
    v_total := v_subtotal + v_shipping + v_tax;

    -- A price that moved is not charged unseen (CART-008).
    IF (CASE
        WHEN p_expected_amount IS NULL THEN v_any_changed
        ELSE p_expected_amount <> v_total OR p_expected_currency <> v_cart.currency
    END) THEN
        outcome := 'price_changed';
        details := checkout_lines(p_cart) || jsonb_build_object('total', v_total, 'currency', v_cart.currency);
        RETURN;
    END IF;
    IF v_provider IS NULL THEN
        outcome := 'no_payment_provider';
        RETURN;
    END IF;

    IF v_any_short THEN
        details := checkout_shortage(v_products, v_variants, v_quantities);
        outcome := 'insufficient_stock';
        RETURN;
    END IF;
    IF v_total <= 0 THEN
        outcome := 'nothing_to_pay';
        details := jsonb_build_object('amount', v_total);
        RETURN;
    END IF;

    -- The plan's limit, exact: a shop that has one takes its orders one after the other from here.
    IF p_order_limit IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ' orders of the month', 0));
        SELECT count(*) INTO v_used FROM orders_order
            WHERE id >= p_first_of_month AND orders_order.status NOT IN ('failed', 'cancelled');
        IF v_used >= p_order_limit THEN
            outcome := 'plan_limit_reached';
            details := jsonb_build_object('limit', p_order_limit, 'used', v_used);
            RETURN;
        END IF;
    END IF;

    -- Everything but the stock.
    v_units := checkout_minor_units(v_cart.currency);
    v_method_json := CASE WHEN v_method IS NULL THEN '{}' ELSE jsonb_build_object(
        'id', 'shp_' || replace(v_method::text, '-', ''), 'code', v_method_code, 'name', v_method_name
    ) END;
    INSERT INTO orders_order (
        id, number, cart_id, customer_id, email, payment_status, fulfillment_status, closed, status,
        currency, subtotal_amount, discount_amount, shipping_amount, tax_amount, included_tax_amount,
        total_amount, shipping_method, shipping_address, billing_address, metadata, placed_at, expires_at
    ) VALUES (
        p_order, p_number, p_cart, v_cart.customer_id, v_cart.email, 'unpaid', 'unfulfilled', '', 'pending',
        v_cart.currency, v_subtotal, 0, v_shipping, v_tax, v_included,
        v_total, v_method_json, v_cart.shipping_address, v_cart.billing_address, v_cart.metadata, p_now,
        v_expires_at
    );
    INSERT INTO orders_orderline (
        id, order_id, position, product_id, variant_id, sku, title, variant_title, requires_shipping,
        quantity, unit_price_amount, discount_amount, tax_amount, total_amount
    )
    SELECT id, p_order, position, product, variant, sku, title, variant_title, needs_shipping,
        quantity, price, 0, tax, quantity * price
    FROM unnest(v_lines, v_products, v_variants, v_skus, v_titles, v_variant_titles, v_need_shipping,
        v_quantities, v_prices, v_taxes) WITH ORDINALITY
        AS l(id, product, variant, sku, title, variant_title, needs_shipping, quantity, price, tax, position);
    INSERT INTO orders_ordertransition (order_id, source, target, actor, reason, at)
        VALUES (p_order, '', 'pending', p_actor, '', p_now);
    v_address := coalesce(v_cart.billing_address, v_cart.shipping_address, '{}');
    INSERT INTO finance_financialorder (
        order_id, order_number, status, currency, subtotal_amount, discount_amount, shipping_amount,
        tax_amount, total_amount, content, locked_at
    ) VALUES (
        p_order, p_number, 'locked', v_cart.currency, v_subtotal, 0, v_shipping, v_tax, v_total,
        jsonb_build_object(
            'order_number', p_number, 'placed_at', p_now_text, 'currency', v_cart.currency,
            'buyer', jsonb_build_object(
                'name', coalesce(v_address ->> 'name', ''), 'email', v_cart.email,
                'address', checkout_address_lines(v_address)
            ),
            'lines', (SELECT jsonb_agg(jsonb_build_object(
                'sku', sku, 'title', title, 'variant_title', variant_title, 'quantity', quantity,
                'unit_price_amount', price, 'tax_amount', tax, 'discount_amount', 0,
                'total_amount', quantity * price
            )) FROM unnest(v_skus, v_titles, v_variant_titles, v_quantities, v_prices, v_taxes)
                AS l(sku, title, variant_title, quantity, price, tax)),
            'shipping', jsonb_build_object('name', coalesce(v_method_name, ''), 'amount', v_shipping),
            'subtotal_amount', v_subtotal, 'discount_amount', 0, 'shipping_amount', v_shipping,
            'tax_amount', v_tax, 'total_amount', v_total,
            'prices_include_tax', v_tax_included, 'tax_rate_bp', v_tax_rate,
            'included_tax_amount', v_included
        ),
        p_now
    );
    INSERT INTO payments_paymentintent (
        id, order_id, provider, status, amount, currency, client_secret, failure_code, failure_message,
        flag, created_at, updated_at
    ) VALUES (
        uuidv7(), p_order, v_provider, 'processing', v_total, v_cart.currency, '', '', '', '', p_now, p_now
    );
    v_event := uuidv7();
    INSERT INTO outbox_domainevent (
        id, name, version, aggregate_type, aggregate_id, sequence, payload, request_id, actor, occurred_at
    ) VALUES (
        v_event, 'orders.order.placed', 1, 'order', p_order::text, 1,
        jsonb_build_object('order_id', p_order::text, 'number', p_number, 'total_amount', v_total,
            'currency', v_cart.currency),
        p_request_id, p_actor, p_now
    );
    IF p_subscribers <> '{}' THEN
        INSERT INTO outbox_eventdelivery (
            event_id, subscriber, queue, state, attempts, token, due_at, last_error
        ) SELECT v_event, s, q, 'pending', 0, 0, p_now, ''
        FROM unnest(p_subscribers, p_queues) AS wanted(s, q);
        INSERT INTO public.relay_wakeup (schema_name, due_at) VALUES (current_schema(), p_now);
    END IF;
    UPDATE cart_cart SET completed_at = p_now, updated_at = p_now, version = version + 1 WHERE id = p_cart;

    -- The answer, kept with the work (IDEM-005).
    status := 201;
    headers := '{"Content-Type": "application/json"}';
    body := convert_to(concat(
        '{"object":"order","id":"ord_', replace(p_order::text, '-', ''),
        '","number":"', p_number,
        '","cart":"cart_', replace(p_cart::text, '-', ''),
        '","customer":', coalesce('"cus_' || replace(v_cart.customer_id::text, '-', '') || '"', 'null'),
        ',"email":', to_json(v_cart.email),
        ',"status":"pending","payment_status":"unpaid","fulfillment_status":"unfulfilled","currency":"',
        v_cart.currency,
        '","totals":{"subtotal":', checkout_money(v_subtotal, v_cart.currency, v_units),
        ',"discount":', checkout_money(0, v_cart.currency, v_units),
        ',"shipping":', checkout_money(v_shipping, v_cart.currency, v_units),
        ',"tax":', checkout_money(v_tax, v_cart.currency, v_units),
        ',"included_tax":', checkout_money(v_included, v_cart.currency, v_units),
        ',"total":', checkout_money(v_total, v_cart.currency, v_units),
        ',"reduction":', checkout_money(0, v_cart.currency, v_units),
        ',"due":', checkout_money(v_total, v_cart.currency, v_units),
        '},"lines":[', (
            SELECT string_agg(concat(
                '{"object":"order_line","id":"oli_', replace(id::text, '-', ''),
                '","product":"prd_', replace(product::text, '-', ''),
                '","variant":"var_', replace(variant::text, '-', ''),
                '","sku":', to_json(sku), ',"title":', to_json(title),
                ',"variant_title":', to_json(variant_title), ',"quantity":', quantity,
                ',"unit_price":', checkout_money(price, v_cart.currency, v_units),
                ',"tax":', checkout_money(tax, v_cart.currency, v_units),
                ',"total":', checkout_money(quantity * price, v_cart.currency, v_units),
                ',"requires_shipping":', CASE WHEN needs_shipping THEN 'true' ELSE 'false' END, '}'
            ), ',')
            FROM unnest(v_lines, v_products, v_variants, v_skus, v_titles, v_variant_titles,
                v_quantities, v_prices, v_taxes, v_need_shipping)
                AS l(id, product, variant, sku, title, variant_title, quantity, price, tax, needs_shipping)
        ),
        '],"shipping_method":', coalesce(nullif(v_method_json, '{}')::text, 'null'),
        ',"shipping_address":', coalesce(v_cart.shipping_address::text, 'null'),
        ',"billing_address":', coalesce(v_cart.billing_address::text, 'null'),
        ',"metadata":', v_cart.metadata,
        ',"placed_at":"', checkout_time(p_now), '","expires_at":"', checkout_time(v_expires_at),
        '","paid_at":null,"token":"', p_order_token, '"}'
    ), 'UTF8');
    INSERT INTO idempotency_idempotencyrecord (
        scope, key, method, path, fingerprint, status_code, headers, body, created_at
    ) VALUES (p_scope, p_key, p_method, p_path, p_fingerprint, status, headers, body, p_now)
    ON CONFLICT (scope) DO UPDATE SET
        fingerprint = excluded.fingerprint, status_code = excluded.status_code, headers = excluded.headers,
        body = excluded.body, locked_until = NULL, created_at = excluded.created_at;

    -- The stock, last (ORDER-001, STOCK-001, STOCK-002): real stock by priority of location, then
    -- what may be backordered.
    WITH need AS MATERIALIZED (
        SELECT * FROM unnest(v_lines, v_variants, v_quantities) AS l(line_id, variant_id, quantity)
    ), held AS MATERIALIZED (
        SELECT s.id, s.variant_id, s.location_id,
            greatest(s.on_hand - s.reserved, 0) AS real,
            s.backorder_limit + least(s.on_hand - s.reserved, 0) AS beyond
        FROM inventory_stockitem s
        -- An array, not a subquery: the planner takes the index whatever it thinks of the size.
        WHERE s.variant_id = ANY (v_variants)
            AND EXISTS (SELECT FROM inventory_location o WHERE o.id = s.location_id AND o.is_active)
        ORDER BY s.id FOR NO KEY UPDATE OF s
    ), first AS (
        SELECT h.*, n.line_id, n.quantity, o.priority,
            greatest(0, least(h.real, n.quantity - coalesce(sum(h.real) OVER before, 0))) AS from_real,
            greatest(0, n.quantity - sum(h.real) OVER (PARTITION BY h.variant_id)) AS rest,
            coalesce(sum(h.beyond) OVER before, 0) AS beyond_before
        FROM held h JOIN need n USING (variant_id) JOIN inventory_location o ON o.id = h.location_id
        WINDOW before AS (
            PARTITION BY h.variant_id ORDER BY o.priority, h.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    ), taken AS MATERIALIZED (
        SELECT id, line_id, (from_real + greatest(0, least(beyond, rest - beyond_before)))::int AS quantity
        FROM first
    ), moved AS (
        UPDATE inventory_stockitem s SET reserved = s.reserved + t.quantity, updated_at = p_now
        FROM taken t WHERE s.id = t.id AND t.quantity > 0
        RETURNING s.id, s.variant_id, s.location_id, s.low_stock_threshold AS threshold,
            s.on_hand - s.reserved AS available, t.quantity
    ), movements AS (
        INSERT INTO inventory_stockmovement (
            stock_item_id, reason, on_hand_delta, reserved_delta, reference_type, reference_id, actor, created_at
        ) SELECT id, 'reserve', 0, quantity, 'order', p_order::text, p_actor, p_now
        FROM taken WHERE quantity > 0 ORDER BY id
    ), reservations AS (
        INSERT INTO inventory_reservation (
            order_id, order_line_id, stock_item_id, quantity, shipped, released, created_at
        ) SELECT p_order, line_id, id, quantity, 0, 0, p_now FROM taken WHERE quantity > 0 ORDER BY id
    )
    SELECT
        (SELECT coalesce(sum(quantity), 0) FROM taken), (SELECT sum(quantity) FROM need),
        -- apps.inventory.states.runs_low
        (SELECT jsonb_agg(jsonb_build_object(
            'stock_item_id', id, 'variant_id', variant_id, 'location_id', location_id,
            'available', available, 'threshold', threshold) ORDER BY id)
         FROM moved WHERE available <= threshold AND threshold < available + quantity)
    INTO v_taken, v_wanted, v_low;
    IF v_taken < v_wanted THEN
        RAISE EXCEPTION 'insufficient stock' USING ERRCODE = 'GA001',
            DETAIL = coalesce(checkout_shortage(v_products, v_variants, v_quantities), '[]')::text;
    END IF;
    -- A statement of its own: it sees what others wrote while this one waited for the locks.
    IF v_low IS NOT NULL THEN
        WITH told AS (
            INSERT INTO outbox_domainevent (
                id, name, version, aggregate_type, aggregate_id, sequence, payload, request_id, actor,
                occurred_at
            )
            SELECT uuidv7(), 'inventory.stock_item.ran_low', 1, 'stock_item', low ->> 'stock_item_id',
                1 + coalesce((
                    SELECT max(sequence) FROM outbox_domainevent
                    WHERE aggregate_type = 'stock_item' AND aggregate_id = low ->> 'stock_item_id'
                ), 0),
                low, p_request_id, p_actor, p_now
            FROM jsonb_array_elements(v_low) low RETURNING id
        )
        INSERT INTO outbox_eventdelivery (
            event_id, subscriber, queue, state, attempts, token, due_at, last_error
        ) SELECT told.id, s, q, 'pending', 0, 0, p_now, ''
        FROM told CROSS JOIN unnest(p_low_subscribers, p_low_queues) AS wanted(s, q);
        IF p_low_subscribers <> '{}' THEN
            INSERT INTO public.relay_wakeup (schema_name, due_at) VALUES (current_schema(), p_now);
        END IF;
    END IF;
    outcome := 'created';
    details := NULL;
END $$;
