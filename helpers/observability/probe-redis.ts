import { Redis } from 'ioredis'
import type { Source } from './source.ts'

const TIMEOUT_MS = 2_000

/** The figures of Redis' INFO that tell how it fares. All but the first four only grow. */
export interface RedisPulse {
  readonly usedMemoryBytes: number
  readonly connectedClients: number
  readonly blockedClients: number
  readonly uptimeSeconds: number
  readonly evictedKeys: number
  readonly rejectedConnections: number
  readonly commands: number
  /** Another value means another process. */
  readonly runId: string
}

/** Ask Redis how it fares, on a connection of its own. `redisUrl` is asked for each new one, never a proxy. */
export function redisPulse(redisUrl: () => string): Source<RedisPulse> {
  let client: Redis | undefined
  // A command that fails says only that the connection is closed; why it is, is said beside it.
  let lastError: Error | undefined
  const discard = (): void => {
    client?.disconnect()
    client = undefined
  }
  return {
    async look() {
      try {
        if (client === undefined) {
          client = new Redis(redisUrl(), {
            lazyConnect: true,
            connectTimeout: TIMEOUT_MS,
            commandTimeout: TIMEOUT_MS,
            connectionName: 'exam-rehearsal-sampler',
            // The next look connects anew, and to where the port is then.
            retryStrategy: null,
            maxRetriesPerRequest: 0,
          })
          lastError = undefined
          client.on('error', (error: Error) => {
            lastError = error
          })
          await client.connect()
        }
        return readInfo(await client.info())
      } catch (error) {
        discard()
        throw lastError ?? error
      }
    },
    async [Symbol.asyncDispose]() {
      discard()
    },
  }
}

/**
 * @param info what INFO answers: `name:value` lines below `# Section` headings.
 * @throws when a figure is missing or is no number: what Redis did not say is not known.
 */
export function readInfo(info: string): RedisPulse {
  const fields = new Map(
    info.split('\r\n').flatMap((line) => {
      const at = line.indexOf(':')
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const]
    }),
  )
  const text = (name: string): string => {
    const value = fields.get(name)
    if (value === undefined) throw new Error(`INFO does not say ${name}`)
    return value
  }
  const number = (name: string): number => {
    const value = Number(text(name))
    if (!Number.isFinite(value)) throw new Error(`INFO says ${name}:${text(name)}, which is no number`)
    return value
  }
  return {
    usedMemoryBytes: number('used_memory'),
    connectedClients: number('connected_clients'),
    blockedClients: number('blocked_clients'),
    uptimeSeconds: number('uptime_in_seconds'),
    evictedKeys: number('evicted_keys'),
    rejectedConnections: number('rejected_connections'),
    commands: number('total_commands_processed'),
    runId: text('run_id'),
  }
}
