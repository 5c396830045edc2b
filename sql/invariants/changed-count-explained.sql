-- How often an answer was changed is what its events say.
WITH steps AS (
  SELECT session_id, question_id, (payload_json ->> 'selected_index')::integer AS selected_index,
         lag((payload_json ->> 'selected_index')::integer) OVER story AS before,
         row_number() OVER story AS step
  FROM attempt_events
  WHERE event_type = 'ANSWER_SAVED'
  WINDOW story AS (PARTITION BY session_id, question_id ORDER BY (payload_json ->> 'client_seq')::bigint)
), explained AS (
  SELECT session_id, question_id, count(*) FILTER (WHERE step > 1 AND selected_index IS DISTINCT FROM before) AS changes
  FROM steps
  GROUP BY session_id, question_id
)
SELECT a.session_id, a.question_id, a.changed_count, coalesce(x.changes, 0) AS changes_in_events
FROM session_answers a
LEFT JOIN explained x ON x.session_id = a.session_id AND x.question_id = a.question_id
WHERE a.changed_count <> coalesce(x.changes, 0);
