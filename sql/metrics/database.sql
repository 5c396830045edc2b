-- What the database has done since its statistics were reset. One row; all figures only grow.
-- Checkpoints are where PostgreSQL 15 and 16 keep them; later servers have pg_stat_checkpointer.
SELECT d.xact_commit::double precision AS commits,
       d.xact_rollback::double precision AS rollbacks,
       d.deadlocks::double precision AS deadlocks,
       d.temp_bytes::double precision AS temp_bytes,
       d.active_time AS active_ms,
       d.idle_in_transaction_time AS idle_in_transaction_ms,
       b.checkpoints_timed::double precision AS checkpoints_timed,
       b.checkpoints_req::double precision AS checkpoints_requested,
       b.checkpoint_write_time + b.checkpoint_sync_time AS checkpoint_ms,
       w.wal_records::double precision AS wal_records,
       w.wal_bytes::double precision AS wal_bytes,
       w.wal_buffers_full::double precision AS wal_buffers_full
FROM pg_stat_database d, pg_stat_bgwriter b, pg_stat_wal w
WHERE d.datname = current_database();
