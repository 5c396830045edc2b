-- Every event that closed a session, and every one that may have: of an event without a type nobody knows.
SELECT session_id, event_type,
       to_char(event_ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS event_ts
FROM attempt_events
WHERE event_type IN ('SESSION_SUBMITTED', 'SESSION_EXPIRED') OR event_type IS NULL
ORDER BY session_id, event_ts;
