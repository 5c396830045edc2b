import type { Deadline } from '../host.ts'
import { asAdmin, CONNECTIONS_OF_OTHERS } from './admin-connection.ts'
import { untilWorkers, workersNow, workersOf } from './backend-workers.ts'
import { mostlyServed } from './budget.ts'
import type { Crew } from './crew.ts'
import type { FaultKind, FaultTarget } from './fault.ts'
import { untilBack } from './not-mended.ts'

/** From one to four, as an exam platform did at the peak of an exam (Schoolyear, 2023). */
const FEW = 1
const MANY = 4

/**
 * Whether the connections of all of them fit into the database is judged by `connections-below-maximum`, which for this
 * fault leaves nothing out; that nobody was refused for want of one, by the budget.
 */
export const backendScaledUp: FaultKind = {
  name: 'backend-scaled-up',
  part: 'backend',
  contract: `The backend is let down to ${FEW} worker (SIGTTOU) and told at the peak to run ${MANY} (SIGTTIN, once a worker), each with a pool of connections of its own; afterwards it runs as many as before.`,
  candidatesNotice: 'interruption',
  budget: { ...mostlyServed(0.05), live: true, ready: 'yes' },
  countsConnections: true,
  needsWorkers: 'scalable',
  needsWhole: ['postgres'],
  on: (target) => {
    let crew: Crew | undefined
    let scaledFrom: number | undefined
    return {
      inject: async (limit) => {
        crew = await workersOf(target, limit)
        await scale(target, crew, FEW, limit)
        scaledFrom = (await workersNow(target, crew)).length
        await scale(target, crew, MANY, limit)
      },
      wasFelt: async () => {
        if (crew === undefined) return { felt: false, proof: 'nobody was told to run more workers' }
        const { length } = await workersNow(target, crew)
        return {
          felt: scaledFrom === FEW && length >= MANY,
          proof: `${length} workers, of ${scaledFrom} before and ${crew.workers.length} before that; ${await roomOf(target)}`,
        }
      },
      heal: async (limit) => {
        if (crew !== undefined) {
          // Whoever does not know these signals is stopped by them.
          await target.services.backend.signal(crew.primary, 'SIGCONT')
          await scale(target, crew, crew.workers.length, limit)
        }
        await untilBack(target, 'backend', limit)
      },
    }
  },
}

/** One by one: two signals of a kind that nobody has heard yet are one. */
async function scale(target: FaultTarget, crew: Crew, wanted: number, limit: Deadline): Promise<void> {
  for (let { length } = await workersNow(target, crew); length !== wanted; ) {
    const isMore = length < wanted
    const next = isMore ? length + 1 : length - 1
    await target.services.backend.signal(crew.primary, isMore ? 'SIGTTIN' : 'SIGTTOU')
    const holds = (count: number) => (isMore ? count >= next : count <= next)
    await untilWorkers(target, crew, `${next} workers`, (workers) => holds(workers.length), limit)
    length = next
  }
}

/** `46 of 97 connections`: what the backend has, and what there is for whoever is no superuser. */
function roomOf(target: FaultTarget): Promise<string> {
  return asAdmin(target, async (client) => {
    const { rows } = await client.query<{ used: number; most: number }>(
      `SELECT (SELECT count(*)::int FROM pg_stat_activity WHERE ${CONNECTIONS_OF_OTHERS}) AS used,
              current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most`,
    )
    const { used, most } = rows[0] as { used: number; most: number }
    return `the backend has ${used} of ${most} connections`
  })
}
