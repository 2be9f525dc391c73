-- A number that is another one after each committed change of what lists show. It is the sum over
-- some rows, of which a transaction counts up one that nobody holds: writers never wait for each
-- other here, and an order that sells the last piece does not wait for an import. The first number
-- of a row is drawn, so that a shop made anew under an old name does not repeat old ones.
CREATE FUNCTION catalog_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE catalog_cataloguechanges SET number = number + 1 WHERE id = (
        SELECT id FROM catalog_cataloguechanges ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    );
    IF NOT FOUND THEN
        INSERT INTO catalog_cataloguechanges (number) VALUES ((random() * 1e12)::bigint);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER catalog_changed AFTER INSERT OR UPDATE OR DELETE ON catalog_product
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_changed();
CREATE TRIGGER catalog_changed AFTER INSERT OR UPDATE OR DELETE ON catalog_variant
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_changed();
CREATE TRIGGER catalog_changed AFTER INSERT OR UPDATE OR DELETE ON catalog_productimage
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_changed();
