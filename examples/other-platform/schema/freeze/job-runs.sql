-- Aula has no jobs, so none ever ran.
SELECT '' AS id, '' AS job, '' AS status, '' AS reason, 0 AS steps_done, 0 AS rows_written WHERE false;
