-- Every session with its owner's e-mail, which leads back to the candidate.
SELECT s.id, s.user_id, u.email, s.exam_id, s.mode, s.status, s.total_questions,
       to_char(s.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started_at,
       to_char(s.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS expires_at,
       to_char(s.submitted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS submitted_at,
       s.score_correct, s.score_total
FROM test_sessions s
JOIN users u ON u.id = s.user_id
ORDER BY s.started_at, s.id;
