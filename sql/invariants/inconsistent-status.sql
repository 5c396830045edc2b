-- A session's status agrees with the time it was closed: none for an open one, its expiry for an expired one.
SELECT id AS session_id, status, started_at, expires_at, submitted_at
FROM test_sessions
WHERE (status = 'ACTIVE') <> (submitted_at IS NULL)
   OR (status = 'EXPIRED' AND submitted_at <> expires_at)
   OR submitted_at < started_at;
