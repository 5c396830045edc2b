-- The answer that counts, one row a question. `client_seq` is the version and `client_event_id` the nonce that the
-- adapter sent with it. All of these are read. Where you keep nothing for one: `NULL::boolean AS is_correct`,
-- `NULL::bigint AS client_seq`, `NULL::text AS client_event_id`, `false AS marked_for_review`. What NULL would say is wrong
-- must then not be asked: without is_correct write invariants/correctness-equals-key.sql in this folder, with the one
-- line `-- not judged: <why>`; without changed_count the same as invariants/changed-count-explained.sql.
SELECT session_id, question_id, selected_index, is_correct, answered_at, changed_count, marked_for_review,
       client_seq, client_event_id
FROM your_answers
