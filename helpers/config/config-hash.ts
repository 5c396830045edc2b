import { createHash } from 'node:crypto'
import type { Profile } from '../load/profile.ts'
import type { RunPlatform } from '../platform/run-platform.ts'
import type { RunExternal } from './external.ts'
import type { OwnBackend } from './own-backend.ts'
import type { OwnInvariants } from './own-invariants.ts'

/** Beside profile and host, what a run was asked to do; what is absent is as it is by default. */
export interface AskedFor {
  /** Names of the faults, where they were chosen. */
  readonly faults?: readonly string[] | undefined
  readonly backend?: OwnBackend | undefined
  readonly platform?: Pick<RunPlatform, 'hash'> | undefined
  readonly ownInvariants?: Pick<OwnInvariants, 'hash'> | undefined
  readonly external?: RunExternal | undefined
}

/**
 * A hash of everything that a run was asked to do and held to: the whole profile with its configured thresholds, and
 * the host, the faults where they were chosen, how a backend of one's own is started, the text of the module that says how
 * it is spoken to and of the invariants of one's own, or which platform outside it is. Two runs with the same hash were
 * judged by the same numbers. It does not depend on the order of fields.
 */
export function configHash(profile: Profile, host: string, asked: AskedFor = {}): string {
  const { faults, backend, platform, ownInvariants, external } = asked
  const what = { host, profile, faults, backend, platform: platform?.hash, sql: ownInvariants?.hash, external }
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
