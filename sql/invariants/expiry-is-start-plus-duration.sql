-- A session expires when its duration is over, or when its exam closes if that is earlier.
-- To a second: a start may be dated by the database and its expiry reckoned by the application, or one of them be cut to seconds.
SELECT s.id AS session_id, s.started_at, s.duration_seconds, e.closes_at, s.expires_at
FROM test_sessions s
LEFT JOIN exams e ON e.id = s.exam_id
-- least() ignores NULL: a session without an exam has only its duration.
CROSS JOIN LATERAL (
  SELECT least(s.started_at + make_interval(secs => s.duration_seconds), e.closes_at) AS over_at
) d
WHERE s.expires_at > d.over_at + interval '1 second' OR s.expires_at < d.over_at - interval '1 second';
