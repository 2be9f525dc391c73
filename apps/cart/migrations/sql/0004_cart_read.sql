-- A cart with all that its price depends on, as it is now: what apps.cart.selectors makes a CartDetail
-- of. NULL when there is no such cart. It carries its own search path and so keeps its plan.
CREATE FUNCTION cart_read(p_cart uuid) RETURNS json
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
            'customer_id', c.customer_id,
            'merged_into_id', c.merged_into_id,
            'currency', c.currency,
            'email', c.email,
            'shipping_address', c.shipping_address,
            'billing_address', c.billing_address,
            'metadata', c.metadata,
            'version', c.version,
            'is_completed', c.completed_at IS NOT NULL,
            'shipping_method', (
                SELECT json_build_object('id', m.id, 'code', m.code, 'name', m.name, 'amount', m.amount)
                FROM shipping_shippingmethod AS m WHERE m.id = c.shipping_method_id
            ),
            'tax_rate_bp', s.tax_rate_bp,
            'prices_include_tax', s.prices_include_tax,
            'lines', (
                SELECT coalesce(json_agg(json_build_object(
                    'id', l.id,
                    'variant_id', v.id,
                    'product_id', v.product_id,
                    'sku', v.sku,
                    'product_title', p.title,
                    'variant_title', v.title,
                    'quantity', l.quantity,
                    'unit_price', v.price_amount,
                    'unit_price_when_added', l.unit_price_amount,
                    'requires_shipping', v.requires_shipping,
                    'taxable', v.taxable,
                    'is_for_sale', p.status = 'active'
                ) ORDER BY l.id), '[]')
                FROM cart_cartline AS l
                JOIN catalog_variant AS v ON v.id = l.variant_id
                JOIN catalog_product AS p ON p.id = v.product_id
                WHERE l.cart_id = c.id
            )
        )
        FROM cart_cart AS c CROSS JOIN shop_shopsettings AS s
        WHERE c.id = p_cart
    );
END $$;
