-- Every answer that the event log says was saved is there, in its newest version.
-- Leaving a question out is legal, so an empty question proves nothing; the backend's own log of what it saved does.
-- What the candidates were told is compared by the checkers over the history.
WITH saved AS (
  SELECT DISTINCT ON (session_id, question_id)
         session_id, question_id, event_ts, client_event_id,
         (payload_json ->> 'client_seq')::bigint AS client_seq
  FROM attempt_events
  WHERE event_type = 'ANSWER_SAVED'
  ORDER BY session_id, question_id, (payload_json ->> 'client_seq')::bigint DESC
)
SELECT v.session_id, v.question_id, v.event_ts AS saved_at, v.client_seq AS saved_seq, a.client_seq AS stored_seq,
       v.client_event_id AS saved_event, a.client_event_id AS stored_event
FROM saved v
LEFT JOIN session_answers a ON a.session_id = v.session_id AND a.question_id = v.question_id
WHERE a.session_id IS NULL OR a.client_seq < v.client_seq;
