import type { Attempt } from '../load-tap.ts'

/** Answers of the steady step, one every `everyMs` from `fromMs` on until `toMs`, each taking `tookMs`. */
export function answers(
  fromMs: number,
  toMs: number,
  { everyMs = 10, tookMs = 20, failed = false }: { everyMs?: number; tookMs?: number; failed?: boolean } = {},
): Attempt[] {
  const attempts: Attempt[] = []
  for (let atMs = fromMs; atMs < toMs; atMs += everyMs) attempts.push(answer(atMs, { tookMs, failed }))
  return attempts
}

export function answer(atMs: number, { tookMs = 20, failed = false } = {}): Attempt {
  const reason = failed ? 'unavailable' : 'success'
  const sentUs = atMs * 1_000
  return {
    f: 'save-answer',
    step: 'steady',
    intendedUs: sentUs,
    sentUs,
    completedUs: sentUs + tookMs * 1_000,
    failed,
    reason,
    isUntold: false,
  }
}
