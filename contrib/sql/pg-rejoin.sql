-- The role that contrib/hooks/pg-rejoin logs in with, and that standbys get
-- their data with: on PostgreSQL 12 to 17, run once on the primary as a
-- superuser, in the database postgres.  Then give it its password, in psql:
--
--	\password rejoin
--
-- and let it in, in pg_hba.conf of every node:
--
--	hostssl replication,postgres rejoin 10.0.0.0/24 scram-sha-256

-- To stream, and for pg_basebackup.
CREATE ROLE rejoin LOGIN REPLICATION;

-- To see whether a standby streams.
GRANT pg_monitor TO rejoin;

-- For pg_rewind, as its manual says.
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean) TO rejoin;
GRANT EXECUTE ON FUNCTION pg_stat_file(text, boolean) TO rejoin;
GRANT EXECUTE ON FUNCTION pg_read_binary_file(text) TO rejoin;
GRANT EXECUTE ON FUNCTION
	pg_read_binary_file(text, bigint, bigint, boolean) TO rejoin;

-- A checkpoint of the new primary, for which pg_rewind waits; before version
-- 15 it comes by itself, up to checkpoint_timeout later.
DO $$
BEGIN
	IF current_setting('server_version_num')::int >= 150000 THEN
		EXECUTE 'GRANT pg_checkpoint TO rejoin';
	END IF;
END
$$;
