-- The twenty statements that took most of the server's time, without the rehearsal's own. Milliseconds; figures only grow.
SELECT s.queryid::text AS query_id,
       left(regexp_replace(s.query, '\s+', ' ', 'g'), 200) AS query,
       s.calls::double precision AS calls,
       s.rows::double precision AS rows,
       s.total_exec_time AS total_ms,
       s.mean_exec_time AS mean_ms,
       s.max_exec_time AS max_ms
FROM pg_stat_statements s
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND s.userid <> (SELECT usesysid FROM pg_user WHERE usename = current_user)
ORDER BY s.total_exec_time DESC
LIMIT 20;
