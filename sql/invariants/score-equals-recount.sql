-- The score of every closed session is what a recount of its answers against the frozen key gives.
WITH recount AS (
  SELECT a.session_id, count(*) AS correct
  FROM session_answers a
  JOIN session_questions q ON q.session_id = a.session_id AND q.question_id = a.question_id
  WHERE a.selected_index = (q.snapshot_json ->> 'correct_index')::integer
  GROUP BY a.session_id
)
SELECT s.id AS session_id, s.status, s.score_correct, coalesce(r.correct, 0) AS recounted, s.score_total, s.score_pct
FROM test_sessions s
LEFT JOIN recount r ON r.session_id = s.id
WHERE s.status IN ('SUBMITTED', 'EXPIRED')
  AND (s.score_correct IS DISTINCT FROM coalesce(r.correct, 0)
    OR abs(s.score_pct - 100.0 * coalesce(r.correct, 0) / s.total_questions) > 0.01);
