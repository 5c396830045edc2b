-- The journal.
SELECT id, attempt_id::text AS session_id, person_id AS user_id,
       CASE what WHEN 'begun' THEN 'SESSION_CREATED' WHEN 'answered' THEN 'ANSWER_SAVED'
                 WHEN 'finished' THEN 'SESSION_SUBMITTED' ELSE 'SESSION_EXPIRED' END AS event_type,
       at AS event_ts, question_id, jsonb_build_object('selected_index', choice) AS payload_json,
       CASE what WHEN 'answered' THEN question_id || ':' || coalesce(choice::text, 'none') END AS client_event_id
FROM journal
