-- Nobody has left a transaction open and idle for more than 30 s.
SELECT pid, application_name, state, clock_timestamp() - state_change AS idle_for, left(query, 200) AS last_query
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND state IN ('idle in transaction', 'idle in transaction (aborted)')
  AND state_change < clock_timestamp() - interval '30 seconds';
