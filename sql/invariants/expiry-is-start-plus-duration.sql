-- A session expires when its duration is over, or when its exam closes if that is earlier.
SELECT s.id AS session_id, s.started_at, s.duration_seconds, e.closes_at, s.expires_at
FROM test_sessions s
LEFT JOIN exams e ON e.id = s.exam_id
-- least() ignores NULL: a session without an exam has only its duration.
WHERE s.expires_at <> least(s.started_at + make_interval(secs => s.duration_seconds), e.closes_at);
