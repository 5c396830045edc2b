-- People. The login is the e-mail that the rehearsal registers them with.
SELECT id, login AS email, CASE WHEN is_staff THEN 'ADMIN' ELSE 'STUDENT' END AS role, name AS display_name
FROM person
