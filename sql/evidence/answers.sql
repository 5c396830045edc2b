-- Every stored answer and its mark, with the version and the nonce that its candidate gave it.
SELECT session_id, question_id, selected_index, is_correct,
       to_char(answered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS answered_at,
       client_seq, client_event_id, coalesce(marked_for_review, false) AS marked_for_review
FROM session_answers
ORDER BY session_id, question_id;
