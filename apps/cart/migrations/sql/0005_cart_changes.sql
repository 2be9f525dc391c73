-- What happens to a cart, each in one round trip (apps/cart/services). A refusal has written nothing
-- and is {"refused": code, …}; otherwise the answer is the cart as cart_read shows it. Each carries
-- its own search path and so keeps its plans; sequential scans are off because these are often made
-- while the shop's tables are empty, and must be good when they are not.

-- Locks the cart and says why it cannot be changed; NULL when it can. CART-001, CART-003, CART-005.
CREATE FUNCTION cart_refusal(p_cart uuid, p_token_opens boolean, p_customer uuid) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
    v_customer uuid;
    v_completed timestamptz;
BEGIN
    SELECT customer_id, completed_at INTO v_customer, v_completed
    FROM cart_cart WHERE id = p_cart AND merged_into_id IS NULL FOR UPDATE;
    IF NOT FOUND OR (v_customer IS NULL AND NOT p_token_opens)
        OR (v_customer IS NOT NULL AND v_customer IS DISTINCT FROM p_customer) THEN
        RETURN '{"refused": "cart_not_found"}';
    ELSIF v_completed IS NOT NULL THEN
        RETURN '{"refused": "cart_completed"}';
    END IF;
    RETURN NULL;
END $$;

-- Counts a locked cart's version up; why not, when the caller has seen another one (`If-Match`).
CREATE FUNCTION cart_touch(p_cart uuid, p_if_version int, p_now timestamptz) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
    v_version int;
BEGIN
    UPDATE cart_cart SET version = version + 1, updated_at = p_now
    WHERE id = p_cart AND version = coalesce(p_if_version, version);
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT version INTO v_version FROM cart_cart WHERE id = p_cart;
    RETURN json_build_object('refused', 'stale_etag', 'version', v_version);
END $$;

CREATE FUNCTION cart_create(p_cart uuid, p_customer uuid, p_email text, p_metadata jsonb, p_now timestamptz) RETURNS json
LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO cart_cart (id, customer_id, currency, email, metadata, version, created_at, updated_at)
    SELECT p_cart, p_customer, s.currency, p_email, p_metadata, 1, p_now, p_now FROM shop_shopsettings AS s;
    RETURN cart_read(p_cart);
END $$;

CREATE FUNCTION cart_add_line(
    p_cart uuid, p_token_opens boolean, p_customer uuid, p_if_version int, p_now timestamptz,
    p_line uuid, p_variant uuid, p_quantity int, p_most_lines int, p_most_of_one int
) RETURNS json
LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_refused json := cart_refusal(p_cart, p_token_opens, p_customer);
    v_price bigint;
    v_held int;
BEGIN
    IF v_refused IS NOT NULL THEN
        RETURN v_refused;
    END IF;
    SELECT v.price_amount INTO v_price
    FROM catalog_variant AS v JOIN catalog_product AS p ON p.id = v.product_id
    WHERE v.id = p_variant AND p.status = 'active';
    IF NOT FOUND THEN
        RETURN '{"refused": "variant_not_found"}';
    END IF;
    SELECT quantity INTO v_held FROM cart_cartline WHERE cart_id = p_cart AND variant_id = p_variant;
    IF NOT FOUND AND (SELECT count(*) FROM cart_cartline WHERE cart_id = p_cart) >= p_most_lines THEN
        RETURN json_build_object('refused', 'cart_too_large', 'lines', p_most_lines);
    ELSIF coalesce(v_held, 0) + p_quantity > p_most_of_one THEN
        RETURN json_build_object('refused', 'cart_too_large',
            'variant', 'var_' || replace(p_variant::text, '-', ''),
            'quantity', coalesce(v_held, 0) + p_quantity);
    END IF;
    v_refused := cart_touch(p_cart, p_if_version, p_now);
    IF v_refused IS NOT NULL THEN
        RETURN v_refused;
    END IF;
    INSERT INTO cart_cartline AS l (id, cart_id, variant_id, quantity, unit_price_amount)
    VALUES (p_line, p_cart, p_variant, p_quantity, v_price)
    ON CONFLICT (cart_id, variant_id) DO UPDATE
    SET quantity = l.quantity + excluded.quantity, unit_price_amount = excluded.unit_price_amount;
    RETURN cart_read(p_cart);
END $$;

-- `p_quantity` 0 takes the line out.
CREATE FUNCTION cart_set_quantity(
    p_cart uuid, p_token_opens boolean, p_customer uuid, p_if_version int, p_now timestamptz,
    p_line uuid, p_quantity int
) RETURNS json
LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_refused json := cart_refusal(p_cart, p_token_opens, p_customer);
BEGIN
    IF v_refused IS NOT NULL THEN
        RETURN v_refused;
    ELSIF NOT EXISTS (SELECT FROM cart_cartline WHERE id = p_line AND cart_id = p_cart) THEN
        RETURN '{"refused": "cart_line_not_found"}';
    END IF;
    v_refused := cart_touch(p_cart, p_if_version, p_now);
    IF v_refused IS NOT NULL THEN
        RETURN v_refused;
    ELSIF p_quantity > 0 THEN
        UPDATE cart_cartline SET quantity = p_quantity WHERE id = p_line;
    ELSE
        DELETE FROM cart_cartline WHERE id = p_line;
    END IF;
    RETURN cart_read(p_cart);
END $$;

-- What `p_changes` lacks stays; null clears.
CREATE FUNCTION cart_update(
    p_cart uuid, p_token_opens boolean, p_customer uuid, p_if_version int, p_now timestamptz, p_changes jsonb
) RETURNS json
LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_refused json := cart_refusal(p_cart, p_token_opens, p_customer);
    v_method uuid := (p_changes ->> 'shipping_method')::uuid;
BEGIN
    IF v_refused IS NOT NULL THEN
        RETURN v_refused;
    ELSIF v_method IS NOT NULL
        AND NOT EXISTS (SELECT FROM shipping_shippingmethod WHERE id = v_method AND is_active) THEN
        RETURN '{"refused": "shipping_method_not_found"}';
    END IF;
    v_refused := cart_touch(p_cart, p_if_version, p_now);
    IF v_refused IS NOT NULL THEN
        RETURN v_refused;
    END IF;
    UPDATE cart_cart SET
        email = CASE WHEN p_changes ? 'email' THEN p_changes ->> 'email' ELSE email END,
        shipping_address = CASE WHEN p_changes ? 'shipping_address'
            THEN nullif(p_changes -> 'shipping_address', 'null') ELSE shipping_address END,
        billing_address = CASE WHEN p_changes ? 'billing_address'
            THEN nullif(p_changes -> 'billing_address', 'null') ELSE billing_address END,
        shipping_method_id = CASE WHEN p_changes ? 'shipping_method' THEN v_method ELSE shipping_method_id END,
        metadata = CASE WHEN p_changes ? 'metadata' THEN p_changes -> 'metadata' ELSE metadata END
    WHERE id = p_cart;
    RETURN cart_read(p_cart);
END $$;

-- Was planned anew for each line; knowing its schema, it keeps its plan.
CREATE OR REPLACE FUNCTION cart_line_refuse_change_of_completed() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    changed uuid := CASE WHEN TG_OP = 'INSERT' THEN NEW.cart_id ELSE OLD.cart_id END;
BEGIN
    IF EXISTS (SELECT FROM cart_cart WHERE id = changed AND completed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'cart % is completed', changed USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
