-- The frozen key: every question of every paper with its correct option, from the snapshot and not from the bank.
SELECT session_id, question_id, position, (snapshot_json ->> 'correct_index')::integer AS correct_index
FROM session_questions
ORDER BY session_id, position;
