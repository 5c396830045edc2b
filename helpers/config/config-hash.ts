import { createHash } from 'node:crypto'
import type { Profile } from '../load/profile.ts'
import type { RunPlatform } from '../platform/run-platform.ts'
import type { OwnBackend } from './own-backend.ts'

/**
 * A hash of everything that a run was asked to do and held to: the whole profile with its configured thresholds, and
 * the host, the faults where they were chosen, how a backend of one's own is started, and the text of
 * the module that says how it is spoken to. Two runs with the same hash were judged by the same numbers. It does
 * not depend on the order of fields.
 */
export function configHash(
  profile: Profile,
  host: string,
  faults?: readonly string[],
  backend?: OwnBackend,
  platform?: Pick<RunPlatform, 'hash'>,
): string {
  const what = { host, profile, faults, backend, platform: platform?.hash }
  return createHash('sha256').update(canonical(what)).digest('hex')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`
}
