-- Every closed session has its final score, and no open one has any.
SELECT id AS session_id, status, submitted_at, score_correct, score_total, score_pct
FROM test_sessions
WHERE (status IN ('SUBMITTED', 'EXPIRED') AND num_nulls(score_correct, score_total, score_pct) > 0)
   OR (status = 'ACTIVE' AND num_nonnulls(score_correct, score_total, score_pct) > 0);
