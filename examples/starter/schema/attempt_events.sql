-- What your backend itself wrote down: SESSION_CREATED, ANSWER_SAVED, SESSION_SUBMITTED, SESSION_EXPIRED.
SELECT id, session_id, user_id, event_type, event_ts, question_id, client_event_id,
       jsonb_build_object('selected_index', selected_index, 'client_seq', client_seq) AS payload_json
FROM your_events
