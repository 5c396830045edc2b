-- The constraints that make duplicates and orphans impossible exist, are validated and are switched on.
-- Compared by what they do, not by their names. A unique index may be partial only where `partial` says so.
WITH required (promise, table_name, kind, columns, partial) AS (
  VALUES ('one answer per session and question', 'session_answers', 'unique', 'session_id,question_id', ''),
         ('one question per session and position', 'session_questions', 'unique', 'session_id,position', ''),
         ('a question once per session', 'session_questions', 'unique', 'session_id,question_id', ''),
         ('one closing event per session', 'attempt_events', 'unique', 'session_id', 'closing'),
         ('one session per candidate and exam', 'test_sessions', 'unique', 'user_id,exam_id', 'exam'),
         ('one mastery per candidate and theme', 'user_theme_mastery', 'unique', 'user_id,theme_id', ''),
         ('an answer belongs to a session', 'session_answers', 'foreign key', 'session_id', ''),
         ('a paper belongs to a session', 'session_questions', 'foreign key', 'session_id', ''),
         ('an event belongs to a session', 'attempt_events', 'foreign key', 'session_id', ''),
         ('a session belongs to a user', 'test_sessions', 'foreign key', 'user_id', '')
), unique_indexes AS (
  SELECT i.indrelid, pg_get_expr(i.indpred, i.indrelid) AS predicate,
         (SELECT array_agg(a.attname::text ORDER BY a.attname)
          FROM pg_attribute a
          -- indkey counts from 0; only the first indnkeyatts columns are key, the rest is INCLUDE.
          WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])) AS columns
  FROM pg_index i
  WHERE i.indisunique AND i.indisvalid AND i.indisready AND i.indimmediate AND i.indexprs IS NULL
), foreign_keys AS (
  SELECT c.conrelid, a.attname::text AS column_name
  FROM pg_constraint c
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
  WHERE c.contype = 'f' AND c.convalidated
    AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = c.oid AND t.tgenabled IN ('D', 'R'))
)
SELECT r.promise, r.table_name, r.kind, r.columns, 'missing, not validated or switched off' AS problem
FROM required r
WHERE CASE r.kind
  WHEN 'unique' THEN NOT EXISTS (
    SELECT FROM unique_indexes u
    WHERE u.indrelid = to_regclass(r.table_name)
      AND u.columns = (SELECT array_agg(c ORDER BY c) FROM unnest(string_to_array(r.columns, ',')) c)
      AND CASE r.partial
        WHEN 'closing' THEN u.predicate LIKE '%SESSION_SUBMITTED%' AND u.predicate LIKE '%SESSION_EXPIRED%'
        WHEN 'exam' THEN u.predicate IS NULL OR u.predicate = '(exam_id IS NOT NULL)'
        ELSE u.predicate IS NULL
      END)
  ELSE NOT EXISTS (
    SELECT FROM foreign_keys f WHERE f.conrelid = to_regclass(r.table_name) AND f.column_name = r.columns)
END
UNION ALL
SELECT 'every constraint is validated', c.conrelid::regclass::text, 'any', c.conname::text, 'not validated'
FROM pg_constraint c
JOIN pg_namespace n ON n.oid = c.connamespace
WHERE NOT c.convalidated AND n.nspname = current_schema()
ORDER BY 2, 1;
