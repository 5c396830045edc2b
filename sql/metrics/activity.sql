-- What every connection is doing, against what the server allows. One row; ages in seconds.
-- The rehearsal's own connections (application_name exam-rehearsal...) count as connections and as nothing else.
WITH clients AS (
  SELECT *, starts_with(application_name, 'exam-rehearsal') AS ours
  FROM pg_stat_activity
  WHERE backend_type = 'client backend'
)
SELECT current_setting('max_connections')::integer AS max_connections,
       current_setting('superuser_reserved_connections')::integer AS reserved_connections,
       count(*)::integer AS connections,
       (count(*) FILTER (WHERE ours))::integer AS own_connections,
       (count(*) FILTER (WHERE NOT ours AND state = 'active'))::integer AS active,
       (count(*) FILTER (WHERE NOT ours AND state = 'idle'))::integer AS idle,
       (count(*) FILTER (WHERE NOT ours AND state LIKE 'idle in transaction%'))::integer AS idle_in_transaction,
       (count(*) FILTER (WHERE NOT ours AND wait_event_type = 'Lock'))::integer AS waiting_for_lock,
       (SELECT count(*) FROM pg_locks WHERE NOT granted)::integer AS locks_not_granted,
       extract(epoch FROM clock_timestamp() - min(xact_start) FILTER (WHERE NOT ours))::double precision
         AS longest_transaction_s,
       extract(epoch FROM clock_timestamp()
         - min(state_change) FILTER (WHERE NOT ours AND state LIKE 'idle in transaction%'))::double precision
         AS longest_idle_in_transaction_s,
       -- Without it every other role seems not to be there.
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_others,
       extract(epoch FROM pg_postmaster_start_time())::double precision AS server_started_at,
       extract(epoch FROM clock_timestamp())::double precision AS server_now
FROM clients;
