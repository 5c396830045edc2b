/** What a rehearsal of one or more rounds can end with; 3 is for before the first. */
type RoundCode = 0 | 1 | 2

/**
 * The exit code of several rounds: NO-GO counts most, then INCONCLUSIVE. Rounds that were asked for and did not happen
 * are no GO.
 *
 * @param codes of the rounds that ended, in any order.
 * @param rounds how many were asked for, at least 1.
 */
export function worstExitCode(codes: readonly RoundCode[], rounds: number): RoundCode {
  if (codes.includes(1)) return 1
  return codes.includes(2) || codes.length < rounds ? 2 : 0
}
