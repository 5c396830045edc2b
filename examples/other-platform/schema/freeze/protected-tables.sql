-- What the exam lock protects.
SELECT 'ranking' AS name, count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS checksum FROM ranking t
UNION ALL SELECT 'ranking_place', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM ranking_place t
UNION ALL SELECT 'announcement', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM announcement t
UNION ALL SELECT 'question', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM question t;
