-- The papers, with the key as it was when they were handed out. `position` counts from 1.
SELECT session_id, position, question_id,
       jsonb_build_object('question_id', question_id, 'correct_index', correct_index, 'stem', stem, 'options', options)
         AS snapshot_json
FROM your_papers
