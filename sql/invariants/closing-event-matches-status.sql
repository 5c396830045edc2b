-- A closed session has the one closing event of its status, an open one has none.
WITH closing AS (
  SELECT session_id,
         count(*) FILTER (WHERE event_type = 'SESSION_SUBMITTED') AS submitted,
         count(*) FILTER (WHERE event_type = 'SESSION_EXPIRED') AS expired
  FROM attempt_events
  WHERE event_type IN ('SESSION_SUBMITTED', 'SESSION_EXPIRED')
  GROUP BY session_id
)
SELECT s.id AS session_id, s.status, coalesce(c.submitted, 0) AS submitted_events, coalesce(c.expired, 0) AS expired_events
FROM test_sessions s
LEFT JOIN closing c ON c.session_id = s.id
WHERE coalesce(c.submitted, 0) <> (s.status = 'SUBMITTED')::integer
   OR coalesce(c.expired, 0) <> (s.status = 'EXPIRED')::integer;
