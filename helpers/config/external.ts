import { z } from 'zod'
import { FAULT_PARTS } from '../faults/fault.ts'

/** A secret is named and never written: what is configured is stored with every run. */
const FROM_ENVIRONMENT = /^\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/
const DEFAULT_MAX_CANDIDATES = 100
const DEFAULT_STOP_ERROR_RATE = 0.3

const command = z.array(z.string().min(1)).min(1)

/** A fault of a platform outside, by commands of whoever runs it; each is run in the folder of the configuration. */
const externalFault = z.strictObject({
  /** As it would be told in an incident report: `redis-stopped`. */
  name: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'small letters, digits and single hyphens'),
  /** What it breaks. */
  part: z.enum(FAULT_PARTS),
  /** Breaks it: a program and its arguments, without a shell. Must end with 0. Commands are stored with every run. */
  inject: command,
  /** Ends with 0 as long as the fault is felt, and with another code when it is not. */
  felt: command,
  /** Mends it; it may be run twice, and without `inject`. Must end with 0. */
  heal: command,
  /** What candidates may notice; `interruption` if absent. */
  candidatesNotice: z.enum(['nothing', 'interruption']).exactOptional(),
})

export type ExternalFault = z.infer<typeof externalFault>

/** A platform that runs somewhere and belongs to others: `--host external`. */
export const externalSchema = z.strictObject({
  /** Where candidates go: `https://staging.exam.example`, without a path. */
  url: z.string().refine(isOrigin, 'an address that begins with http:// or https://, without a path or a password'),
  /**
   * PostgreSQL of it, for reading, by the variable that holds its URL: `{env:STAGING_DATABASE_URL}`. The role must not be
   * able to write. Absent: nothing is judged but what candidates are shown.
   */
  databaseUrl: z.string().regex(FROM_ENVIRONMENT, 'the name of a variable, {env:NAME}').exactOptional(),
  /**
   * JSON file with the exam and its candidates, who are registered there already, relative to this file. Absent: `enrol` of
   * the platform registers them.
   */
  candidates: z.string().min(1).exactOptional(),
  /** Hosts and databases that look like production and are not, by their whole names. */
  notProduction: z.array(z.string().min(1)).exactOptional(),
  /**
   * Sessions that go on, of anybody but these candidates: `none`, and a rehearsal refuses when it finds one; `tolerated`,
   * and it does not ask. Without databaseUrl nobody can look, so one of them must be said.
   */
  others: z.enum(['none', 'tolerated']).exactOptional(),
  /** Most candidates that may be sent there; 100 if absent. */
  maxCandidates: z.int().min(1).exactOptional(),
  /** The day is ended when in 10 s more than this share of at least 20 requests failed, 0..1; 0.3 if absent. */
  stopErrorRate: z.number().min(0).max(1).exactOptional(),
  /** What may be broken there, by commands of your own, one after the other; then `4-integrity` can be played as well. */
  faults: z
    .array(externalFault)
    .min(1)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'each fault by a name of its own')
    .exactOptional(),
})

export type External = z.infer<typeof externalSchema>

/** The platform outside of one run, as it crosses processes and is stored. It holds no secret. */
export interface RunExternal {
  readonly url: string
  /** Variable with the URL of the database; absent: there is none to read. */
  readonly databaseVariable?: string
  /** File with exam and candidates, absolute; absent: the platform enrols. */
  readonly candidatesFile?: string
  readonly others: 'none' | 'tolerated'
  readonly maxCandidates: number
  /** 0..1 */
  readonly stopErrorRate: number
  /** What may be broken, and the folder that its commands are run in, absolute; absent: nothing may. */
  readonly faults?: { readonly dir: string; readonly kinds: readonly ExternalFault[] }
}

/** What a run needs to know of it, with every default in place. @param resolve makes a path of the file absolute */
export function runExternal(external: External, resolve: (path: string) => string): RunExternal {
  const databaseVariable = FROM_ENVIRONMENT.exec(external.databaseUrl ?? '')?.[1]
  return {
    url: new URL(external.url).origin,
    ...(databaseVariable === undefined ? {} : { databaseVariable }),
    ...(external.candidates === undefined ? {} : { candidatesFile: resolve(external.candidates) }),
    others: external.others ?? 'none',
    maxCandidates: external.maxCandidates ?? DEFAULT_MAX_CANDIDATES,
    stopErrorRate: external.stopErrorRate ?? DEFAULT_STOP_ERROR_RATE,
    ...(external.faults === undefined ? {} : { faults: { dir: resolve('.'), kinds: external.faults } }),
  }
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, pathname, search, hash, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && pathname === '/' && search + hash + username + password === ''
}
