-- Nobody submitted after the expiry plus the grace.
-- Grace in seconds: SET rehearsal.grace_seconds = '30'; none when unset.
SELECT id AS session_id, status, expires_at, submitted_at
FROM test_sessions
WHERE status = 'SUBMITTED'
  AND submitted_at > expires_at
    + make_interval(secs => coalesce(nullif(current_setting('rehearsal.grace_seconds', true), ''), '0')::double precision);
