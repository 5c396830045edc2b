-- The questions of every paper stand at positions 1 to N, each once and none twice.
SELECT session_id, count(*) AS paper_length, min(position) AS first, max(position) AS last,
       count(DISTINCT position) AS positions, count(DISTINCT question_id) AS different_questions
FROM session_questions
GROUP BY session_id
HAVING min(position) <> 1 OR max(position) <> count(*)
    OR count(DISTINCT position) <> count(*) OR count(DISTINCT question_id) <> count(*);
