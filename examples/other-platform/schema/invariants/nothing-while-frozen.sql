-- While the exam lock was on, nobody ranked or announced. The lock is read for each request: 1 s for one under way.
WITH locked AS (
  SELECT changed_at + interval '1 second' AS from_ts, next_change AS to_ts
  FROM (SELECT enabled, changed_at, lead(changed_at, 1, 'infinity') OVER (ORDER BY id) AS next_change FROM exam_lock) t
  WHERE enabled
), effects AS (
  SELECT 'ranking' AS what, id::text AS which, made_at AS at FROM ranking
  UNION ALL SELECT 'announcement', id::text, made_at FROM announcement
)
SELECT e.what, e.which, e.at, l.from_ts AS locked_from, l.to_ts AS locked_to
FROM locked l
JOIN effects e ON e.at >= l.from_ts AND e.at < l.to_ts;
