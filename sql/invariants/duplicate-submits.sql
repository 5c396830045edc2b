-- A session is closed once.
SELECT session_id, count(*) AS closing_events, min(event_ts) AS first_at, max(event_ts) AS last_at
FROM attempt_events
WHERE event_type IN ('SESSION_SUBMITTED', 'SESSION_EXPIRED')
GROUP BY session_id
HAVING count(*) > 1;
