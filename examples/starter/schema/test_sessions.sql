-- One candidate's sitting of an exam. Times are timestamptz. `status` is ACTIVE, SUBMITTED or EXPIRED; the scores and
-- `submitted_at` are null exactly while it is ACTIVE; `submitted_at` of an expired one is its `expires_at`.
SELECT id, user_id, exam_id, 'EXAM' AS mode, status, year, blocks, total_questions, duration_seconds,
       started_at, expires_at, submitted_at, score_correct, score_total, score_pct
FROM your_sessions
