-- People. `email` is what they were seeded with: its part before the @ leads a row back to its candidate.
SELECT id, email
FROM your_users
