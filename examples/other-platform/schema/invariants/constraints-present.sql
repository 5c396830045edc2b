-- The constraints that make duplicates and orphans impossible exist, are validated and are switched on.
-- Compared by what they do, not by their names. A unique index may be partial only where `partial` says so.
WITH required (promise, table_name, kind, columns, partial) AS (
  VALUES ('one answer per attempt and question', 'answer', 'unique', 'attempt_id,question_id', ''),
         ('one question per sheet and line', 'sheet_line', 'unique', 'attempt_id,line', ''),
         ('a question once per sheet', 'sheet_line', 'unique', 'attempt_id,question_id', ''),
         ('one closing entry per attempt', 'journal', 'unique', 'attempt_id', 'closing'),
         ('one attempt per person and exam', 'attempt', 'unique', 'person_id,exam_id', ''),
         ('an answer belongs to a sheet', 'answer', 'foreign key', 'attempt_id', ''),
         ('a sheet belongs to an attempt', 'sheet_line', 'foreign key', 'attempt_id', ''),
         ('an entry belongs to an attempt', 'journal', 'foreign key', 'attempt_id', ''),
         ('an attempt belongs to a person', 'attempt', 'foreign key', 'person_id', '')
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
        WHEN 'closing' THEN u.predicate LIKE '%finished%' AND u.predicate LIKE '%timed_out%'
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
