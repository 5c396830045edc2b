import type { Epoch } from './clock.ts'
import type { RunExternal } from './config/external.ts'
import type { OwnBackend } from './config/own-backend.ts'
import type { OwnInvariants } from './config/own-invariants.ts'
import type { FaultChoice } from './faults/choose-faults.ts'
import type { Profile } from './load/profile.ts'
import type { RunPlatform } from './platform/run-platform.ts'

/**
 * One run, as the entry has validated it. Serialisable: it crosses from the entry to the Vitest workers by `provide`.
 */
export interface Run {
  /** `<utc time>-<profile>-<seed>`, also the folder name and the label on everything that is launched. */
  readonly id: string
  /** Absolute folder of this run; the suites write below it. */
  readonly dir: string
  readonly epoch: Epoch
  readonly profile: Profile
  /** Unsigned 32-bit. */
  readonly seed: number
  readonly host: 'containers' | 'processes' | 'external'
  /** Why this host, for the first line and the report. */
  readonly hostReason: string
  readonly keep: boolean
  readonly bail: boolean
  /** How many phases may play side by side on this machine; absent: one. */
  readonly atOnce?: number
  /** Faults that were asked for by name; absent: those of the profile. */
  readonly faults?: FaultChoice
  /** The backend that is rehearsed; absent: the reference. */
  readonly backend?: OwnBackend
  /** How it is spoken to; absent: like the reference. */
  readonly platform?: RunPlatform
  /** Promises of one's own about the rows; absent: none but those of `sql/`. */
  readonly ownInvariants?: OwnInvariants
  /** The platform outside, with host `external`; absent with every other. */
  readonly external?: RunExternal
}
