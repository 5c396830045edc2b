import { setTimeout as sleep } from 'node:timers/promises'
import type { Deadline } from '../host.ts'
import { untilWorkers, workersHeard, workersOf } from './backend-workers.ts'
import { mostlyServed } from './budget.ts'
import type { FaultKind, FaultTarget } from './fault.ts'
import { untilBack } from './not-mended.ts'

const LOOK_EVERY_MS = 50
/** A release waits no longer for a worker whom nobody can tell from the one before. */
const NEWCOMER_WITHIN_MS = 3_000

export const backendWorkersReplaced: FaultKind = {
  name: 'backend-workers-replaced',
  part: 'backend',
  contract:
    'Every worker process of the backend is told to end (SIGTERM), one after the other and each when the one before is replaced and its successor answers: a rolling release.',
  candidatesNotice: 'interruption',
  budget: mostlyServed(0.1),
  // Who replaces a worker waits for the database before it serves.
  needsWhole: ['postgres'],
  momentary: true,
  needsWorkers: true,
  on: (target) => {
    const { backend } = target.services
    let before: readonly number[] = []
    return {
      inject: async (limit) => {
        before = await workersOf(backend)
        const known = new Set(await workersHeard(target, before.length))
        for (const worker of before) {
          await backend.signal(worker, 'SIGTERM')
          await untilWorkers(
            backend,
            `worker ${worker} replaced`,
            (workers) => !workers.includes(worker) && workers.length >= before.length,
            limit,
          )
          await untilNewcomer(target, before.length, known, limit)
        }
      },
      wasFelt: async () => {
        const workers = await workersOf(backend)
        const left = before.filter((worker) => workers.includes(worker))
        return {
          felt: before.length > 0 && left.length === 0,
          proof: `${before.length - left.length} of ${before.length} workers were replaced`,
        }
      },
      heal: async (limit) => {
        await untilWorkers(
          backend,
          `${before.length} workers again`,
          (workers) => workers.length >= before.length,
          limit,
        )
        await untilBack(target, 'backend', limit)
      },
    }
  },
}

/**
 * Wait until somebody answers who is not `known`, and know them. Where answers name nobody, or a successor has the name of
 * whom it replaces, all that is left is to give it its time.
 */
async function untilNewcomer(target: FaultTarget, workers: number, known: Set<string>, limit: Deadline): Promise<void> {
  const untilMs = performance.now() + NEWCOMER_WITHIN_MS
  while (performance.now() < untilMs) {
    const newcomers = [...(await workersHeard(target, workers))].filter((name) => !known.has(name))
    for (const name of newcomers) known.add(name)
    if (newcomers.length > 0) return
    await sleep(LOOK_EVERY_MS, undefined, { signal: limit.signal })
  }
}
