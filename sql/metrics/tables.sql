-- How the tables of the exam are read and written: many sequential scans of a large one mean that an index is missing.
-- All figures but live_rows and dead_rows only grow. Tables of other schemas than public are named with theirs.
SELECT CASE schemaname WHEN 'public' THEN relname ELSE schemaname || '.' || relname END AS table_name,
       seq_scan::double precision AS sequential_scans,
       seq_tup_read::double precision AS rows_read_sequentially,
       idx_scan::double precision AS index_scans,
       n_tup_ins::double precision AS inserts,
       n_tup_upd::double precision AS updates,
       n_tup_hot_upd::double precision AS hot_updates,
       n_tup_del::double precision AS deletes,
       n_live_tup::double precision AS live_rows,
       n_dead_tup::double precision AS dead_rows
FROM pg_stat_user_tables
WHERE NOT starts_with(schemaname, 'pg_')
ORDER BY schemaname, relname;
