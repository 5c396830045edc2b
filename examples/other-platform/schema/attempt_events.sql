-- The journal. An entry says which question was answered and with what, and nothing of the client's.
SELECT id, attempt_id::text AS session_id, person_id AS user_id,
       CASE what WHEN 'begun' THEN 'SESSION_CREATED' WHEN 'answered' THEN 'ANSWER_SAVED'
                 WHEN 'finished' THEN 'SESSION_SUBMITTED' ELSE 'SESSION_EXPIRED' END AS event_type,
       at AS event_ts, question_id, jsonb_build_object('selected_index', choice) AS payload_json,
       NULL::text AS client_event_id
FROM journal
