-- No session is still open after its expiry, the grace and the 5 s that the sweeper has.
-- Grace in seconds: SET rehearsal.grace_seconds = '30'; none when unset.
SELECT id AS session_id, status, expires_at, now() - expires_at AS overdue
FROM test_sessions
WHERE status = 'ACTIVE'
  AND now() > expires_at + interval '5 seconds'
    + make_interval(secs => coalesce(nullif(current_setting('rehearsal.grace_seconds', true), ''), '0')::double precision);
