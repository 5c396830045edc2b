-- How often an answer was changed is what its events say.
-- Only answers that were saved more than once can have been changed, so only their events are sorted. The fence
-- (OFFSET 0) keeps that sort on a few numbers a row, not on whole payloads. Where nobody keeps versions, events stand in
-- the order of their time.
WITH several AS (
  SELECT session_id, question_id
  FROM attempt_events
  WHERE event_type = 'ANSWER_SAVED'
  GROUP BY session_id, question_id
  HAVING count(*) > 1
), saved AS (
  SELECT e.session_id, e.question_id, (e.payload_json ->> 'selected_index')::integer AS selected_index,
         (e.payload_json ->> 'client_seq')::bigint AS client_seq, e.event_ts
  FROM attempt_events e
  JOIN several s ON s.session_id = e.session_id AND s.question_id = e.question_id
  WHERE e.event_type = 'ANSWER_SAVED'
  OFFSET 0
), steps AS (
  -- The first one follows itself: it is no change.
  SELECT session_id, question_id, selected_index, lag(selected_index, 1, selected_index) OVER story AS before
  FROM saved
  WINDOW story AS (PARTITION BY session_id, question_id ORDER BY client_seq, event_ts)
), explained AS (
  SELECT session_id, question_id, count(*) AS changes
  FROM steps
  WHERE selected_index IS DISTINCT FROM before
  GROUP BY session_id, question_id
)
SELECT a.session_id, a.question_id, a.changed_count, coalesce(x.changes, 0) AS changes_in_events
FROM session_answers a
LEFT JOIN explained x ON x.session_id = a.session_id AND x.question_id = a.question_id
WHERE a.changed_count <> coalesce(x.changes, 0);
