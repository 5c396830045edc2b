-- A candidate has one mastery a theme, and no closed session was counted into it twice.
WITH answered AS (
  SELECT s.user_id, q.snapshot_json ->> 'theme_id' AS theme_id, count(*) AS answers
  FROM test_sessions s
  JOIN session_answers a ON a.session_id = s.id
  JOIN session_questions q ON q.session_id = a.session_id AND q.question_id = a.question_id
  WHERE s.status IN ('SUBMITTED', 'EXPIRED') AND a.selected_index IS NOT NULL
  GROUP BY s.user_id, q.snapshot_json ->> 'theme_id'
), mastery AS (
  SELECT user_id, theme_id, count(*) AS rows, sum(attempts) AS attempts
  FROM user_theme_mastery
  GROUP BY user_id, theme_id
)
SELECT m.user_id, m.theme_id, m.rows, m.attempts, coalesce(a.answers, 0) AS answers
FROM mastery m
LEFT JOIN answered a ON a.user_id = m.user_id AND a.theme_id = m.theme_id::text
WHERE m.rows > 1 OR m.attempts > coalesce(a.answers, 0);
