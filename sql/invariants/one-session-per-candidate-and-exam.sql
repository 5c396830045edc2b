-- A candidate has one session in an exam.
-- A unique index forbids more; `constraints-present` proves that it is there and valid.
SELECT user_id, exam_id, count(*) AS sessions, array_agg(id ORDER BY started_at) AS session_ids
FROM test_sessions
WHERE exam_id IS NOT NULL
GROUP BY user_id, exam_id
HAVING count(*) > 1;
