-- The bank that papers are made of.
SELECT id, year, block, stem, options, correct_index, created_at, updated_at
FROM your_questions
