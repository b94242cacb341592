-- What the user of regent must be allowed to do on PostgreSQL 12 to 17, and
-- nothing more.  Run it once on the primary, as a superuser, in the database
-- that `database` of the cluster names (privileges on functions are kept per
-- database); the standbys get it by replication.  Then give the role its
-- password, in psql:
--
--	\password regent
--
-- and let it in, in pg_hba.conf of every node:
--
--	hostssl postgres regent 10.0.0.0/24 scram-sha-256

-- REPLICATION: its connections take a slot of max_wal_senders, so they are let
-- in when max_connections is reached; it also makes replication slots.
CREATE ROLE regent LOGIN REPLICATION;

-- To see roles, positions, links, and where a standby gets its data from.
GRANT pg_monitor TO regent;

-- To end the clients of a primary that is to be one no longer.
GRANT pg_signal_backend TO regent;

-- To promote, also where replay is paused; to make changed settings known.
GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO regent;
GRANT EXECUTE ON FUNCTION pg_wal_replay_resume() TO regent;
GRANT EXECUTE ON FUNCTION pg_reload_conf() TO regent;

-- To fence an old primary, and to let standbys follow the new one.  Before
-- version 15 only a superuser may change settings: there regent promotes with
-- the above alone, and needs SUPERUSER for a switchover, for the fence and to
-- repoint standbys.
DO $$
BEGIN
	IF current_setting('server_version_num')::int >= 150000 THEN
		EXECUTE 'GRANT ALTER SYSTEM ON PARAMETER primary_conninfo,'
		    ' default_transaction_read_only TO regent';
	ELSE
		RAISE WARNING 'before PostgreSQL 15 regent needs SUPERUSER';
	END IF;
END
$$;
