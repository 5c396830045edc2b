import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { RehearsalError } from '../errors.ts'
import type { Deadline, Service } from '../host.ts'
import { asAdmin, CONNECTIONS_OF_OTHERS } from './admin-connection.ts'
import { DATABASE_TROUBLED } from './budget.ts'
import type { FaultKind, FaultTarget } from './fault.ts'
import { LOOK_TIMEOUT_MS, lookAtPostgres, untilGreen } from './look.ts'

const TRY_AGAIN_MS = 20

/**
 * Toxiproxy silences new connections with the old ones, so the far end of the old ones is frozen instead: the server
 * process of each. Only while it is idle and outside of a transaction, when it holds no lock that others wait for: one
 * that was caught at work is let go at once and tried again. At the end they are told to go before they wake, so that
 * nothing that was sent into the silence is carried out late.
 */
export const postgresConnectionsHalfOpen: FaultKind = {
  name: 'postgres-connections-half-open',
  part: 'postgres',
  contract:
    'Every connection that the backend has to PostgreSQL is silent and stays open, as after a failover or when a NAT has forgotten it; new ones work. The old ones never carry anything again, and are closed at the end.',
  candidatesNotice: 'interruption',
  budget: DATABASE_TROUBLED,
  needsWhole: ['backend'],
  on: (target) => {
    const { postgres } = target.services
    const frozen = new Set<number>()
    let ofBackend = 0
    let held: Held | undefined
    return {
      inject: async (limit) => {
        held = await holdConnection(target)
        const others = await pidsOf(target, CONNECTIONS_OF_OTHERS)
        if (others.length === 0) throw noConnection()
        await freezeWhenIdle(target, [...others, held.pid], frozen, limit)
        ofBackend = [...frozen].filter((pid) => others.includes(pid)).length
      },
      wasFelt: async () => {
        const [isSilent, fresh] = await Promise.all([held?.isSilent() ?? false, lookAtPostgres(target)])
        return {
          felt: isSilent && fresh.answered && ofBackend > 0,
          proof: `connections of the backend silenced: ${ofBackend}; one of ours beside them is ${isSilent ? 'silent and open' : 'not silent'}; a new one: ${fresh.said}`,
        }
      },
      heal: async (limit) => {
        held?.[Symbol.dispose]()
        held = undefined
        await Promise.all([...frozen].map((pid) => postgres.signal(pid, 'SIGTERM')))
        // All, and not only those that are known: another may have frozen them. Who is awake does not notice.
        await wake(postgres, await postgres.descendants())
        frozen.clear()
        await untilGreen(target, 'postgres', limit)
      },
    }
  },
}

/** Freeze each of these server processes as soon as it is idle. Those that go away meanwhile are no more to be frozen. */
async function freezeWhenIdle(
  target: FaultTarget,
  pids: readonly number[],
  frozen: Set<number>,
  limit: Deadline,
): Promise<void> {
  const { postgres } = target.services
  let left = pids
  while (left.length > 0) {
    limit.signal.throwIfAborted()
    const idle = await pidsOf(target, `pid = ANY ('{${left.join(',')}}') AND state = 'idle'`)
    for (const pid of idle) frozen.add(pid)
    await Promise.all(idle.map((pid) => postgres.signal(pid, 'SIGSTOP')))
    const idleStill = await pidsOf(target, `pid = ANY ('{${idle.join(',')}}') AND state = 'idle'`)
    const busy = idle.filter((pid) => !idleStill.includes(pid))
    for (const pid of busy) frozen.delete(pid)
    await wake(postgres, busy)
    const alive = await pidsOf(target, `pid = ANY ('{${left.join(',')}}')`)
    left = alive.filter((pid) => !frozen.has(pid))
    if (left.length > 0) await sleep(TRY_AGAIN_MS, undefined, { signal: limit.signal })
  }
}

async function wake(postgres: Service, pids: readonly number[]): Promise<void> {
  await Promise.all(pids.map((pid) => postgres.signal(pid, 'SIGCONT')))
}

function pidsOf(target: FaultTarget, condition: string): Promise<readonly number[]> {
  return asAdmin(target, async (client) => {
    const { rows } = await client.query<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE ${condition}`)
    return rows.map(({ pid }) => pid)
  })
}

/** A connection of ours through the proxy that shares the fate of the backend's. */
interface Held extends Disposable {
  /** Its process id on the server. */
  readonly pid: number
  /** A statement gets no answer within the time of a look, and the connection is not closed either. */
  isSilent(): Promise<boolean>
}

async function holdConnection(target: FaultTarget): Promise<Held> {
  const { host, port } = target.proxyAddress('postgres')
  const url = new URL(target.databaseUrl())
  url.host = `${host}:${port}`
  const socket = new net.Socket()
  const client = new pg.Client({
    connectionString: url.href,
    application_name: 'exam-rehearsal half-open',
    connectionTimeoutMillis: LOOK_TIMEOUT_MS,
    stream: () => socket,
  })
  // That it is closed is read from the socket.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    return {
      pid: (rows[0] as { pid: number }).pid,
      isSilent: async () => {
        if (socket.destroyed) return false
        const over = new AbortController()
        // One statement more each time; those that wait are given up with the connection.
        client.query('SELECT 1').catch(() => undefined)
        const said = Promise.race(
          ['data', 'end', 'close'].map((event) => once(socket, event, { signal: over.signal }).then(() => true)),
        ).catch(() => true)
        const answered = await Promise.race([said, sleep(LOOK_TIMEOUT_MS, false, { signal: over.signal })])
        over.abort()
        return !answered
      },
      [Symbol.dispose]: () => socket.destroy(),
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function noConnection(): RehearsalError {
  return new RehearsalError('FAULT_NOT_SET', {
    expected: 'a backend with connections to PostgreSQL that can be silenced',
    seen: 'none',
    next: 'Play this fault while the backend has connections.',
    service: 'PostgreSQL',
  })
}
