-- Every answer is marked right or wrong as the frozen key says; without a choice it is marked neither.
SELECT a.session_id, a.question_id, a.selected_index, a.is_correct,
       (q.snapshot_json ->> 'correct_index')::integer AS correct_index
FROM session_answers a
JOIN session_questions q ON q.session_id = a.session_id AND q.question_id = a.question_id
WHERE a.is_correct IS DISTINCT FROM (a.selected_index = (q.snapshot_json ->> 'correct_index')::integer);
