-- Every answer that the event log says was saved is there, in its newest version.
-- Leaving a question out is legal, so an empty question proves nothing; the backend's own log of what it saved does.
-- What the candidates were told is compared by the checkers over the history.
-- A row without choice, nonce and version holds no answer: it was made with the paper, or was emptied. Where an event tells of a
-- choice and none that it was cleared, an answer is missing.
-- An answer is behind its newest event when it is behind any of them: only those that are ahead need sorting.
SELECT DISTINCT ON (e.session_id, e.question_id)
       e.session_id, e.question_id, e.event_ts AS saved_at, (e.payload_json ->> 'client_seq')::bigint AS saved_seq,
       a.client_seq AS stored_seq, e.client_event_id AS saved_event, a.client_event_id AS stored_event
FROM attempt_events e
LEFT JOIN session_answers a ON a.session_id = e.session_id AND a.question_id = e.question_id
WHERE e.event_type = 'ANSWER_SAVED'
  AND (a.session_id IS NULL OR a.client_seq < (e.payload_json ->> 'client_seq')::bigint
    OR (a.selected_index IS NULL AND a.client_event_id IS NULL AND coalesce(a.client_seq, 0) = 0
      AND e.payload_json ->> 'selected_index' IS NOT NULL
      -- Not as NOT EXISTS: this is hashed once, and only where there is such a row.
      AND (e.session_id, e.question_id) NOT IN (
        SELECT session_id, question_id
        FROM attempt_events
        WHERE coalesce(event_type, 'ANSWER_SAVED') = 'ANSWER_SAVED' AND payload_json ->> 'selected_index' IS NULL
          AND session_id IS NOT NULL AND question_id IS NOT NULL)))
ORDER BY e.session_id, e.question_id, saved_seq DESC;
