-- Every toggle of the exam lock.
SELECT id, 'EXAM_MODE' AS name, enabled, reason, set_by AS actor_id, changed_at
FROM exam_lock
