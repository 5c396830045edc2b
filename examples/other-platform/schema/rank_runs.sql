-- Rankings.
SELECT id, made_at AS created_at FROM ranking
