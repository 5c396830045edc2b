-- Every answer is to a question of its session's own paper.
SELECT a.session_id, a.question_id, a.answered_at
FROM session_answers a
WHERE NOT EXISTS (
  SELECT FROM session_questions q WHERE q.session_id = a.session_id AND q.question_id = a.question_id
);
