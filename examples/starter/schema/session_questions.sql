-- The papers, with the key as it was when they were handed out. `position` counts from 1. Where you keep no copy of text
-- and options, leave them out here and give NULL for them in questions.sql: what a paper has not cannot be compared.
SELECT session_id, position, question_id,
       jsonb_build_object('question_id', question_id, 'correct_index', correct_index, 'stem', stem, 'options', options)
         AS snapshot_json
FROM your_papers
