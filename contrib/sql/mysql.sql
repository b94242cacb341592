-- What regent needs on MySQL 8.0 and 8.4, and no more.
--
-- Run it once, on the primary: replicas get it by replication.  Replace the
-- passwords, and '%' by the network of your regents and your nodes.  On a
-- server that is not part of a cluster yet, begin with
--   SET SESSION sql_log_bin = 0;
-- or its transactions would be unknown to the others.

-- user and password of [cluster ...].
CREATE USER IF NOT EXISTS regent@'%' IDENTIFIED BY 'change-me';
-- REPLICATION CLIENT     to see how far a replica is
-- REPLICATION_SLAVE_ADMIN  STOP, START and RESET REPLICA, CHANGE SOURCE
-- SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN  to open and close a node, to end
--                        the sessions of a fenced one; and a connection when
--                        max_connections is reached
-- PROCESS                to see those sessions
-- RELOAD                 RESET REPLICA
GRANT REPLICATION CLIENT, REPLICATION_SLAVE_ADMIN, SYSTEM_VARIABLES_ADMIN,
    CONNECTION_ADMIN, PROCESS, RELOAD ON *.* TO regent@'%';
GRANT SELECT ON performance_schema.* TO regent@'%';

-- replication_user and replication_password of [cluster ...].
CREATE USER IF NOT EXISTS replication@'%' IDENTIFIED BY 'change-me-too';
GRANT REPLICATION SLAVE ON *.* TO replication@'%';
