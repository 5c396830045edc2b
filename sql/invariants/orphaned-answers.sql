-- Every answer belongs to a session.
-- A foreign key forbids it; `constraints-present` proves that the key is there and validated.
SELECT a.session_id, a.question_id, a.answered_at
FROM session_answers a
WHERE NOT EXISTS (SELECT FROM test_sessions s WHERE s.id = a.session_id);
