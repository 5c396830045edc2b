-- No answer is newer than the expiry plus the grace, or by more than 10 s newer than the submit of its session.
-- Grace in seconds: SET rehearsal.grace_seconds = '30'; none when unset.
-- 10 s is what a client waits for a reply. A submit may be dated when it began (now(), or by the application) and only then
-- wait for the session, which an answer beside it has: that one is newer, and counted. Whether it was, the score says
-- (score-equals-recount).
SELECT a.session_id, a.question_id, a.answered_at, s.status, s.submitted_at, s.expires_at
FROM session_answers a
JOIN test_sessions s ON s.id = a.session_id
WHERE (s.status = 'SUBMITTED' AND a.answered_at > s.submitted_at + interval '10 seconds')
   OR a.answered_at > s.expires_at
    + make_interval(secs => coalesce(nullif(current_setting('rehearsal.grace_seconds', true), ''), '0')::double precision);
