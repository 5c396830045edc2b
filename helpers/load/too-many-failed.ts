/** So many tries say something about a rate of `limit`: with none failed, the rule of three excludes it (P21). */
const RULE_OF_THREE = 3

/** Fewer tries are an anecdote. */
const MIN_TRIES = 3

/** Less likely than this by chance alone, so few tries are enough to tell. */
const CHANCE = 0.001

/**
 * Whether `failed` of `tries` say that the share that fails is not below `limit` (0..1).
 *
 * With many tries the share itself decides. With few, one failure would be far above any sensible limit, so they must
 * be more than chance explains: at exactly the limit so many would fail in fewer than one of a thousand such days
 * (binomial tail). Three of three is such a case for every limit below 10 %.
 */
export function tooManyFailed(failed: number, tries: number, limit: number): boolean {
  if (failed === 0 || tries < MIN_TRIES) return false
  if (tries * limit >= RULE_OF_THREE) return failed / tries >= limit
  return atLeast(failed, tries, limit) < CHANCE
}

/** Probability of `failed` or more of `tries` when each fails with probability `share`. */
function atLeast(failed: number, tries: number, share: number): number {
  let fewer = 0
  let exactly = (1 - share) ** tries
  for (let count = 0; count < failed; count += 1) {
    fewer += exactly
    exactly *= ((tries - count) / (count + 1)) * (share / (1 - share))
  }
  return 1 - fewer
}
