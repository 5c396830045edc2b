-- The twenty statements that took most of the server's time, without the rehearsal's own. Milliseconds; figures only grow.
-- Chosen first and made readable afterwards: it is asked every second, of a server that has work to do.
SELECT s.queryid::text AS query_id,
       left(regexp_replace(left(s.query, 1000), '\s+', ' ', 'g'), 200) AS query,
       s.calls::double precision AS calls,
       s.rows::double precision AS rows,
       s.total_exec_time AS total_ms,
       s.mean_exec_time AS mean_ms,
       s.max_exec_time AS max_ms
FROM (
  SELECT *
  FROM pg_stat_statements
  WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND userid <> (SELECT usesysid FROM pg_user WHERE usename = current_user)
  ORDER BY total_exec_time DESC
  LIMIT 20
) s
ORDER BY s.total_exec_time DESC;
