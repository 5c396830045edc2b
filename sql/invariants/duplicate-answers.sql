-- A question of a session has one answer.
-- A unique constraint forbids more; `constraints-present` proves that it is there and validated.
SELECT session_id, question_id, count(*) AS answers
FROM session_answers
GROUP BY session_id, question_id
HAVING count(*) > 1;
