-- No answer is older than the session that it belongs to.
SELECT a.session_id, a.question_id, a.answered_at, s.started_at
FROM session_answers a
JOIN test_sessions s ON s.id = a.session_id
WHERE a.answered_at < s.started_at
