-- Answers. They have no version, no nonce of the client and no mark; nor is it counted how often one was changed.
SELECT attempt_id::text AS session_id, question_id, choice AS selected_index, is_right AS is_correct,
       saved AS answered_at, NULL::bigint AS client_seq, NULL::text AS client_event_id, false AS marked_for_review
FROM answer
