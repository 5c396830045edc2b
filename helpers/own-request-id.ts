import { randomUUID } from 'node:crypto'

/**
 * The `X-Request-ID` of a request that no candidate sent: a look at whether the platform is ready, a scrape of its metrics. A
 * platform logs it as it logs any other, and whoever reads the log sees who asked.
 *
 * @returns another one at each call: `rehearsal-probe-<UUID>`
 */
export function ownRequestId(): string {
  return `rehearsal-probe-${randomUUID()}`
}
