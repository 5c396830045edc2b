-- Who keeps others waiting, longest first: the statement at the head of each queue.
SELECT blocker.pid, blocker.application_name, blocker.state, count(*) AS waiting,
       date_trunc('second', clock_timestamp() - blocker.xact_start) AS open_for, left(blocker.query, 80) AS query
FROM pg_stat_activity waiting
CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS blocked_by (pid)
JOIN pg_stat_activity blocker ON blocker.pid = blocked_by.pid
GROUP BY blocker.pid, blocker.application_name, blocker.state, blocker.xact_start, blocker.query
ORDER BY blocker.xact_start;
