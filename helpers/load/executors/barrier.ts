import type { Executor, Offered } from '../executor.ts'

/** What the participants of a barrier do. */
export interface BarrierPart {
  /** Whether this participant stands at the barrier. Who does not starts as soon as it can and is counted as late. */
  isReady(participant: number): boolean
  /** Start; call `sent` with the time, µs, at which the first request really left. */
  start(participant: number, intendedUs: number, sent: (sentUs: number) => void): Promise<void>
}

export interface BarrierOffered extends Offered {
  /** From the first to the last request of those who stood at the barrier; null when fewer than two were sent. */
  readonly skewMs: number | null
  /** Participants that were not ready when the barrier fell. */
  readonly late: number
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
      if (!released) return { planned, started: 0, finished: 0, dropped: planned, skewMs: null, late: 0 }

      const intendedUs = originUs + atMs * 1_000
      let finished = 0
      let late = 0
      let firstUs = Number.POSITIVE_INFINITY
      let lastUs = Number.NEGATIVE_INFINITY
      let sentOnTime = 0
      await Promise.all(
        participants.map(async (participant) => {
          const ready = part.isReady(participant)
          if (!ready) late += 1
          await part.start(participant, intendedUs, (sentUs) => {
            if (!ready) return
            sentOnTime += 1
            firstUs = Math.min(firstUs, sentUs)
            lastUs = Math.max(lastUs, sentUs)
          })
          finished += 1
        }),
      )
      const skewMs = sentOnTime < 2 ? null : (lastUs - firstUs) / 1_000
      return { planned, started: planned, finished, dropped: 0, skewMs, late }
    },
  }
}
