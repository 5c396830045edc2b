import { RehearsalError } from '../errors.ts'
import { REFERENCE_ANSWERS } from './answers-table.ts'
import type { FaultTarget } from './fault.ts'

/** PostgreSQL where a URL names no port. */
const DEFAULT_PORT = 5_432

/**
 * A database of which nothing else is known: enough for faults that are made by SQL alone (`bySql`). Nobody's connections
 * lead over a proxy of ours there, so it is looked at directly.
 *
 * @param databaseUrl of somebody who may end connections and change roles
 */
export function databaseTarget(databaseUrl: string): FaultTarget {
  const { hostname, port } = new URL(databaseUrl)
  return {
    get services(): never {
      throw onlySql()
    },
    get proxies(): never {
      throw onlySql()
    },
    usesRedis: false,
    logsRequests: false,
    // Of another platform nothing is known here but its address.
    answersTable: REFERENCE_ANSWERS,
    workerCommand: null,
    get health(): never {
      throw onlySql()
    },
    proxyAddress: (part) => {
      if (part !== 'postgres') throw onlySql()
      return { host: hostname, port: port === '' ? DEFAULT_PORT : Number(port) }
    },
    databaseUrl: () => databaseUrl,
  }
}

function onlySql(): RehearsalError {
  return new RehearsalError('FAULT_NOT_SET', {
    expected: 'a fault that is made by SQL alone',
    seen: 'one that needs the services of a stage',
    next: 'Name one of those that a database is enough for, or play it on a stage: --run.',
  })
}
