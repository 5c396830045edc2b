-- While the exam-day freeze was on, no job ran and no protected table grew.
-- Every worker has 2 s to hear of a toggle; what began before that may finish.
WITH frozen AS (
  SELECT changed_at + interval '2 seconds' AS from_ts, next_change AS to_ts
  FROM (
    SELECT enabled, changed_at, lead(changed_at, 1, 'infinity') OVER (ORDER BY changed_at, id) AS next_change
    FROM system_flag_history
    WHERE name = 'EXAM_MODE'
  ) toggles
  WHERE enabled
), effects AS (
  SELECT 'job_run' AS what, id::text AS which, started_at AS at FROM job_run WHERE status <> 'SKIPPED'
  UNION ALL SELECT 'bkt_runs', id::text, created_at FROM bkt_runs
  UNION ALL SELECT 'rank_runs', id::text, created_at FROM rank_runs
  UNION ALL SELECT 'irt_runs', id::text, created_at FROM irt_runs
  UNION ALL SELECT 'email_outbox', id::text, sent_at FROM email_outbox WHERE sent_at IS NOT NULL
  UNION ALL SELECT 'notifications', id::text, created_at FROM notifications
  UNION ALL SELECT 'questions', id::text, created_at FROM questions
)
SELECT e.what, e.which, e.at, f.from_ts AS frozen_from, f.to_ts AS frozen_to
FROM frozen f
JOIN effects e ON e.at >= f.from_ts AND e.at < f.to_ts;
