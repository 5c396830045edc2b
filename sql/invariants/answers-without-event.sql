-- Every answer was written together with its event.
-- Where answers have no nonce, an event for the question, with the choice that is stored.
SELECT a.session_id, a.question_id, a.answered_at, a.client_seq, a.client_event_id
FROM session_answers a
WHERE NOT EXISTS (
  SELECT FROM attempt_events e
  WHERE e.session_id = a.session_id AND e.event_type = 'ANSWER_SAVED' AND e.question_id = a.question_id
    AND (e.client_event_id = a.client_event_id
      OR (a.client_event_id IS NULL AND e.payload_json ->> 'selected_index' IS NOT DISTINCT FROM a.selected_index::text))
);
