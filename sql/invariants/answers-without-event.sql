-- Every answer was written together with its event.
-- Where answers or events have no nonce, an event for the question, with the choice that is stored. A row that was made with
-- the paper holds no answer: no choice, no nonce and no version.
-- Not as NOT EXISTS, which PostgreSQL 15 does by sorting all events: answers are hashed, and events look for theirs.
SELECT a.session_id, a.question_id, a.answered_at, a.client_seq, a.client_event_id
FROM session_answers a
LEFT JOIN (
  SELECT session_id, question_id, client_event_id, payload_json, true AS found
  FROM attempt_events
  WHERE event_type = 'ANSWER_SAVED'
) e
  ON e.session_id = a.session_id AND e.question_id = a.question_id
  AND (e.client_event_id = a.client_event_id
    OR ((a.client_event_id IS NULL OR e.client_event_id IS NULL)
      AND e.payload_json ->> 'selected_index' IS NOT DISTINCT FROM a.selected_index::text))
WHERE e.found IS NULL
  AND NOT (a.selected_index IS NULL AND a.client_event_id IS NULL AND coalesce(a.client_seq, 0) = 0);
