-- What the jobs have put on record, oldest first.
SELECT id, job_name AS job, status, reason, steps_done, rows_written FROM job_run ORDER BY id;
