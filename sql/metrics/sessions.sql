-- Exam sessions by status. Each look is itself one sequential scan of test_sessions.
SELECT status, count(*)::integer AS sessions
FROM test_sessions
GROUP BY status
ORDER BY status;
