-- The bank. No wording and no choices: sheets keep no copy that they could be compared with.
SELECT id, 0 AS year, exam_id::text AS block, key AS correct_index,
       NULL::text AS stem, NULL::jsonb AS options, added AS created_at, added AS updated_at
FROM question
