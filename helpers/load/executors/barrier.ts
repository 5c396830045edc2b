import type { Executor, Offered } from '../executor.ts'

/** What the participants of a barrier do. */
export interface BarrierPart {
  /** Whether this participant stands at the barrier. Who does not starts as soon as it can and is counted as late. */
  isReady(participant: number): boolean
  /** Start; call `sent` with the time, µs, at which a request really left. Only the first of each participant counts. */
  start(participant: number, intendedUs: number, sent: (sentUs: number) => void): Promise<void>
}

export interface BarrierOffered extends Offered {
  /** From the first to the last request of those who stood at the barrier; null when fewer than two were sent. */
  readonly skewMs: number | null
  /** Of those requests: how many, and when the first and the last of them left, µs; null: none did. */
  readonly sent: BarrierSent | null
  /** Participants that were not ready when the barrier fell. */
  readonly late: number
}

/** When those who stood at the barrier were off. */
export interface BarrierSent {
  readonly count: number
  readonly firstUs: number
  readonly lastUs: number
}

/** Between the first and the last of them, ms; null when there are fewer than two. */
export function skewMsOf(sent: BarrierSent | null): number | null {
  return sent === null || sent.count < 2 ? null : (sent.lastUs - sent.firstUs) / 1_000
}

/**
 * Rendezvous: everybody starts at the same instant, as when an exam opens. The skew between the first and the last
 * request is measured where requests leave, because a barrier that trickles proves nothing about a burst (F25).
 */
export function barrier(options: {
  readonly label: string
  readonly participants: readonly number[]
  /** After the start of the day. */
  readonly atMs: number
}): Executor<BarrierPart, BarrierOffered> {
  const { label, participants, atMs } = options
  return {
    model: 'barrier',
    describe: () => `${label}: ${participants.length} participants released together at ${(atMs / 1_000).toFixed(1)} s`,
    async run({ scheduler, originUs, signal }, part) {
      const planned = participants.length
      const released = await scheduler.until(originUs + atMs * 1_000, signal)
      if (!released) return { planned, started: 0, finished: 0, dropped: planned, skewMs: null, sent: null, late: 0 }

      const intendedUs = originUs + atMs * 1_000
      let finished = 0
      let late = 0
      let sent: BarrierSent | null = null
      await Promise.all(
        participants.map(async (participant) => {
          const ready = part.isReady(participant)
          if (!ready) late += 1
          let isOff = false
          await part.start(participant, intendedUs, (sentUs) => {
            // Whoever is refused and asks again was off with the others.
            if (!ready || isOff) return
            isOff = true
            sent = {
              count: (sent?.count ?? 0) + 1,
              firstUs: Math.min(sent?.firstUs ?? sentUs, sentUs),
              lastUs: Math.max(sent?.lastUs ?? sentUs, sentUs),
            }
          })
          finished += 1
        }),
      )
      return { planned, started: planned, finished, dropped: 0, skewMs: skewMsOf(sent), sent, late }
    },
  }
}
