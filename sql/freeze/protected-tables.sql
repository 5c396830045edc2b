-- What the freeze protects: of each table the number of rows and a checksum of them, independent of their order.
-- Left out: user_theme_mastery, which closing a session writes as well (a run of bkt/recompute leaves a row in bkt_runs),
-- and what the freeze itself writes (system_flags, system_flag_history, job_run).
SELECT 'bkt_runs' AS name, count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS checksum FROM bkt_runs t
UNION ALL SELECT 'rank_runs', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM rank_runs t
UNION ALL SELECT 'rank_entries', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM rank_entries t
UNION ALL SELECT 'irt_runs', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM irt_runs t
UNION ALL SELECT 'irt_items', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM irt_items t
UNION ALL SELECT 'email_outbox', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM email_outbox t
UNION ALL SELECT 'notifications', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM notifications t
UNION ALL SELECT 'questions', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM questions t
UNION ALL SELECT 'themes', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM themes t
UNION ALL SELECT 'revision_queue', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM revision_queue t
UNION ALL SELECT 'warehouse_sessions', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM warehouse_sessions t;
