-- A question of a session has one answer.
-- A unique constraint forbids more; `constraints-present` proves that it is there and validated.
-- In the order of its index (the fence keeps it), because a hash table of every answer takes four times as long. An index
-- that is damaged is not looked for here: that is what amcheck is for.
SELECT session_id, question_id, count(*) AS answers
FROM (SELECT session_id, question_id FROM session_answers ORDER BY session_id, question_id OFFSET 0) AS ordered
GROUP BY session_id, question_id
HAVING count(*) > 1;
