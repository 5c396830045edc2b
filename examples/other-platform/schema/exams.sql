-- Exams.
SELECT id, title, opens AS opens_at, closes AS closes_at, sheet_size AS question_count,
       (minutes * 60)::integer AS duration_seconds
FROM exam
