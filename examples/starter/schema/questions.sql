-- The bank that papers are made of. `NULL::text AS stem, NULL::jsonb AS options` where papers keep no copy of them.
SELECT id, year, block, stem, options, correct_index, created_at, updated_at
FROM your_questions
