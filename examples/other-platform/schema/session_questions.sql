-- Sheets. Of a question only its key is frozen; its wording is that of the bank.
SELECT attempt_id::text AS session_id, line AS position, question_id,
       jsonb_build_object('question_id', question_id, 'correct_index', key) AS snapshot_json
FROM sheet_line
