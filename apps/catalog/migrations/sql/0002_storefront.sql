-- What shoppers see of products, as JSON made where the rows are. Names and order of the members are
-- those of apps.catalog.api.answers; tests/catalog/oracle writes the same with models and Python.
--
-- The functions in SQL have no search path of their own, so that PostgreSQL can put their bodies
-- into the statements that use them; the two that are called from outside set it.

-- How many of a variant can be sold now. Nothing is known of stock here: the app that keeps it
-- replaces this function.
CREATE FUNCTION catalog_sellable(p_variant uuid) RETURNS TABLE (quantity bigint)
LANGUAGE sql STABLE AS $$ SELECT 0::bigint $$;

-- apps.shared.money.Money.as_json.
CREATE FUNCTION catalog_money(amount bigint, currency text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN amount IS NOT NULL THEN json_build_object(
        'amount', amount, 'currency', currency, 'display', CASE
            WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
                'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF')
            THEN to_char(amount, 'FM9,999,999,999,999,999,990')
            WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
            THEN to_char(amount * 0.001, 'FM9,999,999,999,999,990.000')
            WHEN currency IN ('CLF', 'UYW')
            THEN to_char(amount * 0.0001, 'FM999,999,999,999,990.0000')
            ELSE to_char(amount * 0.01, 'FM99,999,999,999,999,990.00')
        END || ' ' || currency
    ) END
$$;

-- RFC 3339 in UTC, microseconds only when there are any.
CREATE FUNCTION catalog_time(moment timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT replace(
        to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', ''
    ) || 'Z'
$$;

-- Only some members of an object, in the order of the whole; NULL means all.
CREATE FUNCTION catalog_only(whole json, fields text[]) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN fields IS NULL THEN whole ELSE (
        SELECT json_object_agg(member.key, member.value)
        FROM json_each(whole) AS member WHERE member.key = ANY (fields)
    ) END
$$;

-- ProductSummaryAnswer, in the order of the ids.
CREATE FUNCTION catalog_summaries(p_ids uuid[])
RETURNS TABLE (place bigint, product uuid, summary json)
LANGUAGE sql STABLE AS $$
    SELECT asked.place, p.id, row_to_json(shown)
    FROM unnest(p_ids) WITH ORDINALITY AS asked(id, place)
    JOIN catalog_product AS p ON p.id = asked.id
    CROSS JOIN LATERAL (
        SELECT min(v.price_amount) AS lowest, max(v.price_amount) AS highest,
            min(v.compare_at_amount) AS compare_at, min(v.currency) AS currency,
            coalesce(bool_or(sellable.quantity > 0), false) AS available
        FROM catalog_variant AS v CROSS JOIN LATERAL catalog_sellable(v.id) AS sellable
        WHERE v.product_id = p.id
    ) AS goods
    LEFT JOIN LATERAL (
        SELECT i.src, i.alt, i.position FROM catalog_productimage AS i
        WHERE i.product_id = p.id ORDER BY i.position, i.id LIMIT 1
    ) AS first ON true
    CROSS JOIN LATERAL (
        SELECT
            'product' AS object,
            'prd_' || replace(p.id::text, '-', '') AS id,
            p.handle,
            p.title,
            p.vendor,
            p.product_type,
            p.tags,
            p.status,
            CASE WHEN goods.lowest IS NOT NULL THEN json_build_object(
                'min', catalog_money(goods.lowest, goods.currency),
                'max', catalog_money(goods.highest, goods.currency)
            ) END AS price_range,
            catalog_money(goods.compare_at, goods.currency) AS compare_at_price_min,
            CASE WHEN first.src IS NOT NULL THEN row_to_json(first) END AS image,
            goods.available,
            catalog_time(p.published_at) AS published_at,
            catalog_time(p.updated_at) AS updated_at
    ) AS shown
$$;

-- The VariantAnswers of a product whose axes are `p_options`.
CREATE FUNCTION catalog_variants(p_product uuid, p_options text[]) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(row_to_json(shown) ORDER BY v.position, v.id), '[]')
    FROM catalog_variant AS v
    CROSS JOIN LATERAL catalog_sellable(v.id) AS sellable
    LEFT JOIN catalog_productimage AS image ON image.id = v.image_id
    CROSS JOIN LATERAL (
        SELECT
            'variant' AS object,
            'var_' || replace(v.id::text, '-', '') AS id,
            v.sku,
            v.title,
            (
                SELECT coalesce(
                    json_agg(json_build_object('name', name, 'value', value) ORDER BY axis), '[]'
                ) FROM unnest(p_options, v.option_values) WITH ORDINALITY AS pair(name, value, axis)
                WHERE name IS NOT NULL AND value IS NOT NULL
            ) AS option_values,
            v.position,
            v.barcode,
            v.grams,
            v.requires_shipping,
            catalog_money(v.price_amount, v.currency) AS price,
            catalog_money(v.compare_at_amount, v.currency) AS compare_at_price,
            sellable.quantity > 0 AS available,
            sellable.quantity AS quantity_available,
            CASE WHEN image.id IS NOT NULL THEN json_build_object(
                'src', image.src, 'alt', image.alt, 'position', image.position
            ) END AS image
    ) AS shown
    WHERE v.product_id = p_product
$$;

-- The axes of a product, and what its variants offer along each, in their order.
CREATE FUNCTION catalog_options(p_product uuid, p_options text[]) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(json_build_object('name', name, 'values', (
        SELECT coalesce(json_agg(value ORDER BY place), '[]') FROM (
            SELECT v.option_values[axis] AS value, min(v.place) AS place
            FROM (
                SELECT option_values, row_number() OVER (ORDER BY position, id) AS place
                FROM catalog_variant WHERE product_id = p_product
            ) AS v
            WHERE axis <= cardinality(v.option_values)
            GROUP BY 1
        ) AS along
    )) ORDER BY axis), '[]')
    FROM unnest(p_options) WITH ORDINALITY AS axes(name, axis)
$$;

-- The two that are called. Each gives the products with these ids as one text, separated by commas;
-- NULL when there are none. `p_fields`: see catalog_only.
CREATE FUNCTION catalog_listed(p_ids uuid[], p_fields text[]) RETURNS bytea
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT convert_to(
            string_agg(catalog_only(summary, p_fields)::text, ',' ORDER BY place), 'UTF8'
        ) FROM catalog_summaries(p_ids)
    );
END $$;

-- ProductAnswer: the summary, and what else a product's page shows.
CREATE FUNCTION catalog_shown(p_ids uuid[], p_fields text[]) RETURNS bytea
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT convert_to(string_agg(catalog_only(
            (left(summary::text, -1) || ',' || substr(row_to_json(more)::text, 2))::json, p_fields
        )::text, ',' ORDER BY place), 'UTF8')
        FROM catalog_summaries(p_ids)
        JOIN catalog_product AS p ON p.id = product
        CROSS JOIN LATERAL (
            SELECT
                p.body_html,
                catalog_options(p.id, p.options) AS options,
                (
                    SELECT coalesce(json_agg(json_build_object(
                        'src', i.src, 'alt', i.alt, 'position', i.position
                    ) ORDER BY i.position, i.id), '[]')
                    FROM catalog_productimage AS i WHERE i.product_id = p.id
                ) AS images,
                json_build_object('title', p.seo_title, 'description', p.seo_description) AS seo,
                catalog_variants(p.id, p.options) AS variants
        ) AS more
    );
END $$;
