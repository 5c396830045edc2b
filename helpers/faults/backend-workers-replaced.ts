import { setTimeout as sleep } from 'node:timers/promises'
import type { Deadline, ServiceProcess } from '../host.ts'
import { untilWorkers, workersHeard, workersNow, workersOf } from './backend-workers.ts'
import { mostlyServed } from './budget.ts'
import { type Crew, describeProcess } from './crew.ts'
import type { FaultKind, FaultTarget } from './fault.ts'
import { untilBack } from './not-mended.ts'

const LOOK_EVERY_MS = 50
/** A release waits no longer for a worker whom nobody can tell from the one before. */
const NEWCOMER_WITHIN_MS = 3_000
/** All of them together, and then there is still time to replace them before the fault has had its own. */
const NEWCOMERS_WITHIN_MS = 12_000

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
    let crew: Crew | undefined
    return {
      inject: async (limit) => {
        crew = await workersOf(target, limit)
        const { length } = crew.workers
        const known = new Set(await workersHeard(target, length))
        for (const worker of crew.workers) {
          await backend.signal(worker.pid, 'SIGTERM')
          await untilWorkers(
            target,
            crew,
            `${describeProcess(worker)} replaced`,
            (workers) => !workers.includes(worker.pid) && workers.length >= length,
            limit,
          )
          await untilNewcomer(target, length, known, limit)
        }
      },
      wasFelt: async () => {
        if (crew === undefined) return { felt: false, proof: 'no worker was told to end' }
        const { workers } = crew
        const now = new Set((await workersNow(target, crew)).map(({ pid }) => pid))
        const left = workers.filter(({ pid }) => now.has(pid))
        return {
          felt: left.length === 0,
          proof: `${workers.length - left.length} of ${workers.length} workers were replaced, ${describeProcess(workers[0] as ServiceProcess)} the first`,
        }
      },
      heal: async (limit) => {
        const wanted = crew?.workers.length
        if (crew !== undefined && wanted !== undefined) {
          await untilWorkers(target, crew, `${wanted} workers again`, (workers) => workers.length >= wanted, limit)
        }
        await untilBack(target, 'backend', limit)
      },
    }
  },
}

/** How long a release waits at most for one of so many workers to answer under a name of its own, ms. */
export function newcomerWithinMs(workers: number): number {
  return Math.min(NEWCOMER_WITHIN_MS, NEWCOMERS_WITHIN_MS / workers)
}

/**
 * Wait until somebody answers who is not `known`, and know them. Where answers name nobody, or a successor has the name of
 * whom it replaces, all that is left is to give it its time.
 */
async function untilNewcomer(target: FaultTarget, workers: number, known: Set<string>, limit: Deadline): Promise<void> {
  const untilMs = performance.now() + newcomerWithinMs(workers)
  while (performance.now() < untilMs) {
    const newcomers = [...(await workersHeard(target, workers))].filter((name) => !known.has(name))
    for (const name of newcomers) known.add(name)
    if (newcomers.length > 0) return
    await sleep(LOOK_EVERY_MS, undefined, { signal: limit.signal })
  }
}
