-- Every event belongs to a session, to that session's owner and, where it names a question, to its paper.
SELECT e.id, e.session_id, e.event_type, e.event_ts, e.user_id, e.question_id,
       CASE WHEN s.id IS NULL THEN 'no such session'
            WHEN s.user_id <> e.user_id THEN 'session of somebody else'
            ELSE 'question not in the paper' END AS problem
FROM attempt_events e
LEFT JOIN test_sessions s ON s.id = e.session_id
LEFT JOIN session_questions q ON q.session_id = e.session_id AND q.question_id = e.question_id
WHERE s.id IS NULL OR s.user_id <> e.user_id OR (e.question_id IS NOT NULL AND q.session_id IS NULL);
