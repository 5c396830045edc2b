-- Exams.
SELECT id, opens_at, closes_at, question_count, duration_seconds
FROM your_exams
