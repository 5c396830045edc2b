-- Attempts. Aula has no years and blocks: an exam has its own questions, so the exam stands for both.
SELECT a.id::text AS id, a.person_id AS user_id, a.exam_id, 'EXAM' AS mode,
       CASE a.state WHEN 'open' THEN 'ACTIVE' WHEN 'finished' THEN 'SUBMITTED' ELSE 'EXPIRED' END AS status,
       0 AS year, ARRAY[a.exam_id::text] AS blocks,
       a.max_points AS total_questions, (e.minutes * 60)::double precision AS duration_seconds,
       a.begun AS started_at, a.deadline AS expires_at, a.ended AS submitted_at,
       a.points AS score_correct,
       CASE WHEN a.state <> 'open' THEN a.max_points END AS score_total,
       CASE WHEN a.state <> 'open' THEN 100.0 * a.points / a.max_points END AS score_pct
FROM attempt a JOIN exam e ON e.id = a.exam_id
