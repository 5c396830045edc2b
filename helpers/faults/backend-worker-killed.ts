import { waitUntil } from '../deadline.ts'
import { RehearsalError } from '../errors.ts'
import type { Deadline, ServiceProcess } from '../host.ts'
import { workersOf } from './backend-workers.ts'
import { mostlyServed } from './budget.ts'
import { type Crew, crewNow, describeProcess, describeProcesses } from './crew.ts'
import type { FaultKind, FaultTarget } from './fault.ts'
import { backByItself, notMended, untilBack } from './not-mended.ts'

const LOOK_EVERY_MS = 100
const REPLACED = 'the backend replaces a worker that was killed, and the others go on serving'

export const backendWorkerKilled: FaultKind = {
  name: 'backend-worker-killed',
  part: 'backend',
  contract: 'One worker process of the backend is killed (SIGKILL): its requests are cut, the others go on serving.',
  candidatesNotice: 'interruption',
  budget: mostlyServed(0.2),
  momentary: true,
  needsWorkers: true,
  on: (target) => {
    const { backend } = target.services
    let killed: Killed | undefined
    return {
      inject: async (limit) => {
        const crew = await workersOf(target, limit)
        const victim = crew.settled.at(-1) as ServiceProcess
        killed = { crew, victim, children: childrenOf(crew, await backend.processes()) }
        await backend.signal(victim.pid, 'SIGKILL')
      },
      wasFelt: async () => {
        if (killed === undefined) return { felt: false, proof: 'no worker was killed' }
        const { victim, crew } = killed
        const felt = !(await backend.processes()).some(({ pid }) => pid === victim.pid)
        return {
          felt,
          proof: `${describeProcess(victim)}, one of ${crew.workers.length} workers, is ${felt ? 'gone' : 'still there'}`,
        }
      },
      // There is nothing of ours to undo: the platform replaces its worker, or it does not.
      heal: async (limit) => {
        const done = killed
        if (done !== undefined) await backByItself(target, () => untilReplaced(target, done, limit))
        await untilBack(target, 'backend', limit)
      },
    }
  },
}

/** A worker that was killed, and whom it was one of. */
interface Killed {
  readonly crew: Crew
  readonly victim: ServiceProcess
  /** How many processes their parent had then, whatever they are. */
  readonly children: number
}

function childrenOf({ primary }: Crew, processes: readonly ServiceProcess[]): number {
  return processes.filter(({ parent }) => parent === primary).length
}

/** @throws NOT_MENDED when there are fewer workers than before and the time is up; Error at once where none is there */
async function untilReplaced(target: FaultTarget, { crew, victim, children }: Killed, limit: Deadline): Promise<void> {
  const { backend } = target.services
  const wanted = crew.workers.length
  let seen: readonly ServiceProcess[] | undefined
  let now: readonly ServiceProcess[] = []
  const describe = () => `${seen?.length ?? 'no look at'} of ${wanted} workers`
  try {
    await waitUntil(
      async () => {
        if (!(await backend.isRunning())) throw new Error('the backend does not run')
        now = await backend.processes()
        seen = crewNow(crew, now, target.workerCommand).filter(({ pid }) => pid !== victim.pid)
        return seen.length >= wanted
      },
      { deadline: limit, everyMs: LOOK_EVERY_MS, describe, service: 'backend' },
    )
  } catch (error) {
    // Whoever was never seen may be there: then it is the engine that does not answer.
    const isTimeUp = error instanceof RehearsalError && error.code === 'DEADLINE_EXCEEDED' && seen !== undefined
    if (!isTimeUp) throw error
    // As many as before, though not alike: their command lines may say what each does at the moment.
    if (childrenOf(crew, now) >= children) throw unlike(error, now)
    const left = seen === undefined || seen.length === 0 ? 'none is left' : `left: ${describeProcesses(seen)}`
    throw notMended(
      REPLACED,
      `${describe()} when the time for it was up: ${describeProcess(victim)} was killed; ${left}`,
    )
  }
}

function unlike(cause: RehearsalError, processes: readonly ServiceProcess[]): RehearsalError {
  return new RehearsalError('DEADLINE_EXCEEDED', {
    expected: cause.expected,
    seen: `as many processes as before, of which too few are alike: ${describeProcesses(processes)}`,
    next: 'Say in the adapter what the command line of each worker contains, whatever it does at the moment (workerCommand).',
    service: 'backend',
    cause,
  })
}
