-- The answer that counts, one row a question. `client_seq` is the version and `client_event_id` the nonce that the
-- adapter sent with it; leave a column out that there is nothing for, and what needs it is not judged.
SELECT session_id, question_id, selected_index, is_correct, answered_at, changed_count, marked_for_review,
       client_seq, client_event_id
FROM your_answers
