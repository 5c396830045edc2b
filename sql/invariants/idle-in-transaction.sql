-- Nobody has left a transaction open and idle for more than 30 s.
-- One that was prepared (PREPARE TRANSACTION) has no connection any more, and holds its locks all the same.
SELECT pid, application_name, state, clock_timestamp() - state_change AS idle_for, left(query, 200) AS last_query
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND state IN ('idle in transaction', 'idle in transaction (aborted)')
  AND state_change < clock_timestamp() - interval '30 seconds'
UNION ALL
SELECT NULL, NULL, 'prepared', clock_timestamp() - prepared, gid
FROM pg_prepared_xacts
WHERE database = current_database() AND prepared < clock_timestamp() - interval '30 seconds';
