-- Answers. They have no version, no nonce of the client and no mark. In the place of the nonce stands what was chosen for
-- which question, here and in the journal: every stored answer must have an entry that says the same.
SELECT attempt_id::text AS session_id, question_id, choice AS selected_index, is_right AS is_correct,
       saved AS answered_at, NULL::bigint AS client_seq, false AS marked_for_review,
       question_id || ':' || coalesce(choice::text, 'none') AS client_event_id
FROM answer
