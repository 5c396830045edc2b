-- Every paper is made of questions that its session asked for, frozen with the text, the options and the key of the bank.
-- A question that was edited after the paper was handed out says nothing about it; without `updated_at` it never was. One that was deleted is reported:
-- nothing else shows that it ever was in the bank.
-- A snapshot that is the bank's question, field by field and nothing else, is seen to be so by one comparison, of its
-- bytes (*=); whatever differs from that, and be it by a field more, is compared in full. Columns are named one by one:
-- a bank may have more of them, with any name.
WITH whole AS MATERIALIZED (
  SELECT b.id, b.year, b.block, b.stem, b.options, b.correct_index, b.updated_at,
         jsonb_build_object('question_id', b.id) || (
           SELECT jsonb_object_agg(key, value)
           FROM jsonb_each(to_jsonb(b))
           WHERE key IN ('theme_id', 'stem', 'options', 'correct_index', 'explanation')
         ) AS whole
  FROM questions b
), bank AS MATERIALIZED (
  SELECT id, year, block, stem, options, correct_index, updated_at, whole, ROW(whole.whole)::record AS image FROM whole
)
SELECT q.session_id, q.position, q.question_id, s.started_at, b.updated_at,
       CASE WHEN b.id IS NULL THEN 'not in the bank'
            WHEN b.year <> s.year OR b.block <> ALL (s.blocks) THEN 'of another year or block'
            WHEN q.snapshot_json ->> 'question_id' IS DISTINCT FROM q.question_id::text THEN 'the snapshot of another question'
            WHEN (b.stem IS NOT NULL AND NOT q.snapshot_json::jsonb ? 'stem')
              OR (b.options IS NOT NULL AND NOT q.snapshot_json::jsonb ? 'options')
              THEN 'no text or no options in the snapshot, but in the bank'
            ELSE 'another text, options or key than in the bank' END AS problem
FROM session_questions q
JOIN test_sessions s ON s.id = q.session_id
LEFT JOIN bank b ON b.id = q.question_id
WHERE b.id IS NULL
   OR b.year <> s.year OR b.block <> ALL (s.blocks)
   OR (NOT (ROW(q.snapshot_json::jsonb)::record *= b.image)
       AND q.snapshot_json IS DISTINCT FROM b.whole
       AND (q.snapshot_json ->> 'question_id' IS DISTINCT FROM q.question_id::text
         OR ((b.updated_at <= s.started_at) IS NOT FALSE
             AND (q.snapshot_json ->> 'stem' IS DISTINCT FROM b.stem
               OR q.snapshot_json -> 'options' IS DISTINCT FROM b.options
               OR q.snapshot_json -> 'correct_index' IS DISTINCT FROM to_jsonb(b.correct_index)))));
