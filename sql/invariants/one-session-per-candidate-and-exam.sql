-- A candidate has one session in an exam.
-- A unique index forbids more; `constraints-present` proves that it is there and valid.
-- Ids are gathered only of those who have several. Sessions without an owner are one candidate's: whose, nobody knows.
WITH several AS (
  SELECT user_id, exam_id
  FROM (SELECT user_id, exam_id FROM test_sessions WHERE exam_id IS NOT NULL ORDER BY user_id, exam_id OFFSET 0) AS ordered
  GROUP BY user_id, exam_id
  HAVING count(*) > 1
)
SELECT s.user_id, s.exam_id, count(*) AS sessions, array_agg(s.id ORDER BY s.started_at) AS session_ids
FROM several m
JOIN test_sessions s
  ON coalesce(s.user_id::text, '') = coalesce(m.user_id::text, '') AND s.exam_id = m.exam_id
GROUP BY s.user_id, s.exam_id;
