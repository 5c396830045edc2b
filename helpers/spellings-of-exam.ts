const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * How an exam may be written in rows and replies: as the platform was asked for it and, where that is a UUID, in small
 * letters, as PostgreSQL prints one. Nothing else is folded: of a text, case counts.
 *
 * @param examId as a list of candidates or `enrol` of a platform names it
 * @returns one or two, each once
 */
export function spellingsOfExam(examId: string): readonly string[] {
  const printed = UUID.test(examId) ? examId.toLowerCase() : examId
  return printed === examId ? [examId] : [examId, printed]
}
