-- What regent needs on MariaDB 10.5 and later, and no more.
--
-- Run it once, on the primary: replicas get it by replication.  Replace the
-- passwords, and '%' by the network of your regents and your nodes.  On a
-- server that is not part of a cluster yet, begin with
--   SET SESSION sql_log_bin = 0;
-- or its transactions would be unknown to the others.

-- user and password of [cluster ...].
CREATE USER IF NOT EXISTS regent@'%' IDENTIFIED BY 'change-me';
-- SLAVE MONITOR          to see how far a replica is
-- REPLICATION SLAVE ADMIN  STOP, START and RESET SLAVE, CHANGE MASTER
-- READ_ONLY ADMIN        to open and close a node, and to work on a closed one
-- PROCESS, CONNECTION ADMIN  to end the sessions of a fenced node; and a
--                        connection when max_connections is reached
-- REPLICATION MASTER ADMIN  with sync_replicas: to make a primary wait for
--                        replicas, and replicas not
-- RELOAD                 FLUSH HOSTS, the first transaction of a new primary
GRANT SLAVE MONITOR, REPLICATION SLAVE ADMIN, READ_ONLY ADMIN, PROCESS,
    CONNECTION ADMIN, REPLICATION MASTER ADMIN, RELOAD ON *.* TO regent@'%';

-- replication_user and replication_password of [cluster ...].
CREATE USER IF NOT EXISTS replication@'%' IDENTIFIED BY 'change-me-too';
GRANT REPLICATION SLAVE ON *.* TO replication@'%';
