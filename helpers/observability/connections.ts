import type { Verdict } from '../verdict.ts'
import { conclude, looksAt, type Observed } from './observed.ts'

/** The check, without its answer. */
export const CONNECTIONS = {
  id: 'connections-below-maximum',
  title: 'PostgreSQL always has a free connection for the application',
  gate: 'database-pool',
} as const

/**
 * Outside faults all connections together, the rehearsal's own included, stay below `max_connections` less those that
 * are reserved for superusers. At that number the next worker that starts finds the door shut.
 */
export function judgeConnections(observed: Observed): Verdict {
  const looks = looksAt(observed, 'postgres')
  let most: { readonly connections: number; readonly limit: number } | undefined
  let full = 0
  for (const { value } of looks.known) {
    const limit = value.max_connections - value.reserved_connections
    if (value.connections >= limit) full += 1
    if (most === undefined || value.connections / limit > most.connections / most.limit) {
      most = { connections: value.connections, limit }
    }
  }
  const found =
    full === 0 || most === undefined ? [] : [`${most.connections} connections of ${most.limit}, in ${full} looks`]
  return conclude(CONNECTIONS, found, looks.gap, {
    counts: { looks: looks.known.length, full, ...(most === undefined ? {} : { most: most.connections }) },
    ...(most === undefined
      ? {}
      : {
          figures: [
            { label: 'most connections', measured: most.connections, limit: most.limit, unit: 'count', bad: 'above' },
          ],
        }),
  })
}
