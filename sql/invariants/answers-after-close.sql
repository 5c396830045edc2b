-- No answer is newer than the submit, or for a session that was not submitted newer than the expiry plus the grace.
-- Grace in seconds: SET rehearsal.grace_seconds = '30'; none when unset.
SELECT a.session_id, a.question_id, a.answered_at, s.status, s.submitted_at, s.expires_at
FROM session_answers a
JOIN test_sessions s ON s.id = a.session_id
WHERE a.answered_at > CASE s.status WHEN 'SUBMITTED' THEN s.submitted_at ELSE s.expires_at
    + make_interval(secs => coalesce(nullif(current_setting('rehearsal.grace_seconds', true), ''), '0')::double precision)
  END;
