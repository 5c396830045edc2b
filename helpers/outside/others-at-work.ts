/**
 * How many sessions go on of anybody but these e-mails (`$1`): ACTIVE, and with time left, or with no end. Those of earlier days
 * are closed, or will be, and disturb nobody; whoever has no e-mail, or no account, is somebody else. In the words of `sql/`, so the mapping of a platform turns it into its own tables.
 */
export const OTHERS_AT_WORK = `SELECT count(*)::int AS sessions FROM test_sessions s LEFT JOIN users u ON u.id = s.user_id
  WHERE s.status = 'ACTIVE' AND (s.expires_at > now()) IS NOT FALSE AND (u.email = ANY($1::text[])) IS NOT TRUE`
