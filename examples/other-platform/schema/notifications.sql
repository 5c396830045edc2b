-- Announcements.
SELECT id, wording AS body, made_by AS created_by, made_at AS created_at FROM announcement
