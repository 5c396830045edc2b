const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Fits into every number of a database, and no platform counts that far in a rehearsal. */
const FAR_NUMBER = '2147483646'
/** So many characters of an id without a meaning are changed: nobody has the result by chance. */
const CHANGED = 8
/** Each is followed by the next of its kind, so that what was hexadecimal stays so. */
const KINDS = ['0123456789', 'abcdef', 'ghijklmnopqrstuvwxyz', 'ABCDEF', 'GHIJKLMNOPQRSTUVWXYZ'] as const

/**
 * The id of a session that does not exist, in the shape of one that does: in another shape it would be a malformed address,
 * and that is refused for another reason.
 *
 * @param session one that exists
 * @param uuid nobody's, for a platform that uses such
 */
export function unknownSession(session: string, uuid: string): string {
  if (UUID.test(session)) return uuid
  // It counts: 7, or att_7.
  const [, before, digits] = /^(|.*[^0-9A-Za-z])(\d{1,19})$/.exec(session) ?? []
  if (before !== undefined && digits !== undefined) return `${before}${FAR_NUMBER}`
  return `${session.slice(0, -CHANGED)}${session.slice(-CHANGED).replaceAll(/[0-9A-Za-z]/g, next)}`
}

function next(character: string): string {
  const kind = KINDS.find((one) => one.includes(character)) as string
  return kind.charAt((kind.indexOf(character) + 1) % kind.length)
}
