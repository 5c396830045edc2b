-- The paper of every session has as many questions as it was promised, and a closed one is scored over all of them.
WITH papers AS (
  SELECT session_id, count(*) AS length FROM session_questions GROUP BY session_id
)
SELECT s.id AS session_id, s.status, s.total_questions, coalesce(p.length, 0) AS paper_length, s.score_total
FROM test_sessions s
LEFT JOIN papers p ON p.session_id = s.id
WHERE s.total_questions <> coalesce(p.length, 0)
   OR (s.status IN ('SUBMITTED', 'EXPIRED') AND s.score_total <> s.total_questions);
