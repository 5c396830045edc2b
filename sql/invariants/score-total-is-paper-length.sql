-- The paper of every session has as many questions as it was promised, and a closed one is scored over all of them.
WITH papers AS (
  SELECT session_id, count(*) AS questions FROM session_questions GROUP BY session_id
)
SELECT s.id AS session_id, s.status, s.total_questions, coalesce(p.questions, 0) AS questions, s.score_total
FROM test_sessions s
LEFT JOIN papers p ON p.session_id = s.id
WHERE s.total_questions <> coalesce(p.questions, 0)
   OR (s.status IN ('SUBMITTED', 'EXPIRED') AND s.score_total <> s.total_questions);
