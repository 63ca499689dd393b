-- Distributes the tables of a MigDesk database over the workers of a Citus cluster by operational area (a regency).
-- Once, after the first start has made the tables and before there is much in them. Every primary key begins with
-- op_area, so nothing has to be changed first. docs/deploy.md tells which queries stay within one shard.
CREATE EXTENSION IF NOT EXISTS citus;

DO $$
DECLARE
    one text;
    first text := NULL;
BEGIN
    -- A unique index must begin with, or hold, the distribution column; ours do. Small tables of the server itself (all
    -- of area 00) are copied to every worker; alembic_version stays on the coordinator.
    FOR one IN
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND column_name = 'op_area'
        ORDER BY (table_name = 'change_log') DESC, table_name
    LOOP
        IF one IN ('server_secret', 'enrol_code', 'enrolled_device', 'enrol_tries', 'device_contact', 'checkpoint',
                   'user', 'device', 'area', 'replica', 'setting') THEN
            PERFORM create_reference_table(quote_ident(one)::regclass);
        ELSIF first IS NULL THEN
            PERFORM create_distributed_table(quote_ident(one)::regclass, 'op_area', shard_count => 64);
            first := one;
        ELSE
            PERFORM create_distributed_table(quote_ident(one)::regclass, 'op_area', colocate_with => quote_ident(first));
        END IF;
    END LOOP;
END $$;
