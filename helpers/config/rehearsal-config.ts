import { z } from 'zod'
import { RehearsalError } from '../errors.ts'
import { PROFILE_NAMES } from '../load/profile.ts'
import { externalSchema } from './external.ts'
import { hasPassword, isSecretName, ownBackendSchema } from './own-backend.ts'

const share = z.number().min(0).max(1)

const thresholds = z.strictObject({
  /** Response time of each API operation, 95th percentile, ms. */
  p95Ms: z.number().positive().exactOptional(),
  /** Logical operations that failed or stayed unresolved ÷ attempted, 0..1. */
  errorRate: share.exactOptional(),
  /** Busy connection time ÷ (pool size × time), 0..1. */
  databasePool: share.exactOptional(),
  /** Errors among the first attempts when the doors open, 0..1. */
  startBurstErrorRate: share.exactOptional(),
})

/** Everything that a configuration file may say. */
export const configSchema = z.strictObject({
  /** Profile of a run that names none; `dev` if absent. */
  profile: z.enum(PROFILE_NAMES).exactOptional(),
  /** Phases of a run without --only, by name (`2-load`) or folder (`3-faults`); all that there are if absent. */
  phases: z.array(z.string().min(1)).min(1).exactOptional(),
  /** Where services run if a run does not say; `auto` if absent. */
  host: z.enum(['auto', 'containers', 'processes', 'external']).exactOptional(),
  /** Least the machine must have, decimal gigabytes. */
  machine: z
    .strictObject({
      /** Free disk, below the runs and where the engine keeps its images; 5 if absent. */
      minFreeDiskGB: z.number().min(0).exactOptional(),
      /** Available memory; 2 if absent. */
      minFreeMemoryGB: z.number().min(0).exactOptional(),
    })
    .exactOptional(),
  /** What is kept of old runs; absent: all of them. */
  reports: z
    .strictObject({
      /** Runs, the newest first. */
      keepRuns: z.int().min(1).exactOptional(),
      /** Bytes of all of them together. */
      maxBytes: z.int().min(0).exactOptional(),
    })
    .exactOptional(),
  /** Your backend; the reference backend if absent. */
  backend: ownBackendSchema.exactOptional(),
  /** A platform that runs already, such as a staging: `--host external`. */
  external: externalSchema.exactOptional(),
  /**
   * Module that says how your backend is spoken to (`definePlatform`), relative to this file; the reference's API if
   * absent.
   */
  platform: z.string().min(1).exactOptional(),
  /**
   * Folder with invariants of your own beside those of `sql/invariants/`, relative to this file: each `*.sql` one SELECT
   * below a first line `-- <the promise>.`; no rows: it holds.
   */
  sqlDir: z.string().min(1).exactOptional(),
  /**
   * Think times that were measured on your own candidates, in place of those of the profile: a text file with one number
   * of milliseconds a line, relative to this file.
   */
  thinkTimes: z.string().min(1).exactOptional(),
  /**
   * Threads of the load generator, at most as many as the machine has processors; one for each 10 000 candidates that are
   * begun if absent.
   */
  generatorThreads: z.int().min(1).exactOptional(),
  /** Limits that replace those of a profile; what is not named stays. */
  thresholds: z.partialRecord(z.enum(PROFILE_NAMES), thresholds).exactOptional(),
})

/** What `rehearsal.config.ts` can say. Everything is optional; see the comments of each field. */
export type RehearsalConfig = z.infer<typeof configSchema>

/** Types `rehearsal.config.ts` while it is written. Returns what it is given; the entry validates it. */
export function defineRehearsal(config: RehearsalConfig): RehearsalConfig {
  return config
}

/** A configuration that was checked. */
export type CheckedConfig =
  | { readonly config: RehearsalConfig }
  | {
      readonly problems: readonly RehearsalError[]
      /** What is left without the settings that are wrong: to find everything else that is, never to rehearse with. */
      readonly usable: RehearsalConfig
    }

/**
 * Check what a configuration file exported. `file` is its name, for the messages.
 *
 * @returns the configuration, or every problem of it at once, each CONFIG_INVALID with path, expected and seen
 */
export function validateConfig(value: unknown, file: string): CheckedConfig {
  // To the schema a promise is an object without settings: every setting in it would be lost.
  const parsed = configSchema.safeParse(value instanceof Promise ? 'a promise' : value)
  if (parsed.success) return { config: parsed.data }
  return {
    problems: parsed.error.issues.map((issue) => {
      const path = ['default', ...issue.path].join('.')
      return new RehearsalError('CONFIG_INVALID', {
        expected: `${path}: ${describeIssue(issue)}`,
        seen: issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : seenAt(value, issue.path),
        next: `Correct ${file}.`,
      })
    }),
    usable: withoutSettings(value, parsed.error.issues),
  }
}

function withoutSettings(value: unknown, issues: readonly z.core.$ZodIssue[]): RehearsalConfig {
  if (value === null || typeof value !== 'object') return {}
  const wrong = issues.flatMap((issue): readonly PropertyKey[] =>
    issue.path.length === 0 ? (issue.code === 'unrecognized_keys' ? issue.keys : []) : issue.path.slice(0, 1),
  )
  const left = configSchema.safeParse(
    Object.fromEntries(Object.entries(value).filter(([setting]) => !wrong.includes(setting))),
  )
  return left.success ? left.data : {}
}

/** What must stand there, in the words of docs/configuration.md. */
const KINDS: Readonly<Record<string, string>> = {
  ...{ array: 'a list', int: 'a whole number', object: 'an object', record: 'an object', string: 'a text' },
}

function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? `a ${issue.expected}`
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`
    case 'too_small':
      return issue.inclusive === false ? `more than ${issue.minimum}` : `at least ${issue.minimum}`
    case 'too_big':
      return `at most ${issue.maximum}`
    case 'unrecognized_keys':
      return 'no other keys than the known ones'
    default:
      return issue.message
  }
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      inner !== null && typeof inner === 'object' ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}

/** What stands there; a secret that should not is not repeated in a log. */
function seenAt(value: unknown, path: readonly PropertyKey[]): string {
  if (value instanceof Promise) return 'a promise'
  const seen = show(at(value, path))
  return isSecretName(String(path.at(-1))) || hasPassword(seen) ? 'something else, which is not repeated here' : seen
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
