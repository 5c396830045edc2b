import type { Executor } from '../executor.ts'

export interface Anchored {
  readonly participant: number
  /** Before the deadline. */
  readonly beforeDeadlineMs: number
}

export interface AnchoredPart {
  /** Get ready ahead of time, for example open a second connection. */
  prepare(participant: number): Promise<void>
  /** The thing itself. `intendedUs` counts even when the participant is still busy with something else. */
  submit(participant: number, intendedUs: number): Promise<void>
}

/** Long enough to open a connection through a slow proxy, short enough that it is not closed again as idle. */
const PREPARE_AHEAD_MS = 1_000

/**
 * The spike before a deadline: times are counted back from it, so that it stays where it is when the day before it is
 * made longer or shorter.
 */
export function deadlineAnchored(options: {
  readonly label: string
  readonly submits: readonly Anchored[]
  /** After the start of the day. */
  readonly deadlineMs: number
}): Executor<AnchoredPart> {
  const { label, submits, deadlineMs } = options
  return {
    model: 'deadline-anchored',
    describe() {
      const earliestMs = Math.max(0, ...submits.map(({ beforeDeadlineMs }) => beforeDeadlineMs))
      return `${label}: ${submits.length} submits in the last ${(earliestMs / 1_000).toFixed(1)} s before the deadline`
    },
    async run({ scheduler, originUs, signal }, part) {
      let started = 0
      let finished = 0
      await Promise.all(
        submits.map(async ({ participant, beforeDeadlineMs }) => {
          const dueUs = originUs + (deadlineMs - beforeDeadlineMs) * 1_000
          if (!(await scheduler.until(dueUs - PREPARE_AHEAD_MS * 1_000, signal))) return
          const prepared = part.prepare(participant)
          // Awaited below; until then its failure must not count as unhandled.
          prepared.catch(() => undefined)
          if (await scheduler.until(dueUs, signal)) {
            started += 1
            await part.submit(participant, dueUs)
            finished += 1
          }
          await prepared
        }),
      )
      return { planned: submits.length, started, finished, dropped: submits.length - started }
    },
  }
}
