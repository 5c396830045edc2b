-- What an acknowledged commit rests on: settings that must be those of production before any durability claim.
-- One row a setting; `holds` says whether it does. Not to be seen from here: a program that sets synchronous_commit
-- for its own session.
WITH required (name, required) AS (
  VALUES ('fsync', 'on'),
         -- Without it a commit is acknowledged before it is on disk.
         ('synchronous_commit', 'on'),
         -- Without it a page that was half written in a crash stays torn.
         ('full_page_writes', 'on')
), allowed (name, value) AS (
  -- remote_apply waits for more than on does.
  VALUES ('fsync', 'on'), ('synchronous_commit', 'on'), ('synchronous_commit', 'remote_apply'),
         ('full_page_writes', 'on')
)
SELECT 'PostgreSQL' AS service, r.name, s.setting AS value, r.required,
       EXISTS (SELECT FROM allowed a WHERE a.name = r.name AND a.value = s.setting) AS holds
FROM required r
JOIN pg_settings s ON s.name = r.name
UNION ALL
-- The application's role or database may have a value of its own, which this session does not see.
SELECT 'PostgreSQL',
       format('%s for role %s in database %s', o.name, coalesce(r.rolname, '(all)'), coalesce(d.datname, '(all)')),
       o.value, 'on', EXISTS (SELECT FROM allowed a WHERE a.name = o.name AND a.value = o.value)
FROM pg_db_role_setting s
CROSS JOIN LATERAL unnest(s.setconfig) AS entry
CROSS JOIN LATERAL (SELECT split_part(entry, '=', 1) AS name, split_part(entry, '=', 2) AS value) o
LEFT JOIN pg_roles r ON r.oid = s.setrole
LEFT JOIN pg_database d ON d.oid = s.setdatabase
WHERE o.name = 'synchronous_commit' AND (s.setdatabase = 0 OR d.datname = current_database())
UNION ALL
-- A crash empties an unlogged table.
SELECT 'PostgreSQL', format('persistence of table %s', c.oid::regclass), 'unlogged', 'logged', false
FROM pg_class c
WHERE c.relpersistence = 'u' AND c.relkind IN ('r', 'p', 'm')
ORDER BY name;
