import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { RehearsalConfig } from '../helpers/config/rehearsal-config.ts'
import { RehearsalError } from '../helpers/errors.ts'
import { PROFILE_NAMES, type ProfileName } from '../helpers/load/profile.ts'

const HOSTS = ['auto', 'containers', 'processes', 'external'] as const
/** Everything that the entry does; only the first two take the settings below. */
const COMMANDS = [
  ...['run', 'doctor', 'verify', 'gate', 'replay', 'shrink', 'fault', 'init'],
  ...['integrity', 'metrics', 'preflight', 'saturate'],
]
const MAX_SEED = 0xffff_ffff
const MAX_REPEAT = 100
const MAX_AT_ONCE = 16

/** One setting: a flag, and the environment variable that means the same. */
const SETTINGS = {
  // Taken out before the others are read (config-flag.ts), because the file says what they default to.
  config: { env: 'REHEARSAL_CONFIG', takes: 'one' },
  profile: { env: 'REHEARSAL_PROFILE', takes: 'one' },
  seed: { env: 'REHEARSAL_SEED', takes: 'one' },
  host: { env: 'REHEARSAL_HOST', takes: 'one' },
  only: { env: 'REHEARSAL_ONLY', takes: 'list' },
  faults: { env: 'REHEARSAL_FAULTS', takes: 'list' },
  keep: { env: 'REHEARSAL_KEEP', takes: 'nothing' },
  bail: { env: 'REHEARSAL_BAIL', takes: 'nothing' },
  repeat: { env: 'REHEARSAL_REPEAT', takes: 'one' },
  baseline: { env: 'REHEARSAL_BASELINE', takes: 'one' },
  'at-once': { env: 'REHEARSAL_AT_ONCE', takes: 'one' },
  'dry-run': { env: 'REHEARSAL_DRY_RUN', takes: 'nothing' },
} as const satisfies Record<string, { env: string; takes: 'one' | 'list' | 'nothing' }>

type Setting = keyof typeof SETTINGS

/** The variables that mean the same as flags. */
export const SETTING_VARIABLES: readonly string[] = Object.values(SETTINGS).map(({ env }) => env)

export const USAGE = `usage: node bin/rehearse.ts run|doctor [options]
       node bin/rehearse.ts gate --image-digest <sha256:…> --max-age <7d>
       node bin/rehearse.ts verify|shrink <run>
       node bin/rehearse.ts replay <run> --candidate <id>

  run      rehearse an exam day; exit 0 GO, 1 NO-GO, 2 INCONCLUSIVE, 3 nothing was rehearsed
  verify   judge a run again, from its folder alone; exit as the run, 3 when there is no such run
  integrity  whether a database that runs keeps every promise; writes nothing:
           --database-url <url> [--grace-seconds 0] [--config <file>]
  metrics  one look at the figures of a database, Redis and a backend that run; writes nothing:
           --database-url <url> [--redis-url <url>] [--metrics-url <url>]
  preflight  whether a database and Redis are set as an exam needs them; writes nothing:
           --database-url <url> [--redis-url <url>] [--exam-mode on|off] [--data-path <folder>]
  fault    one fault on the stage of a run that is up: fault <name> --run <id> [--for 30s]
           or, by SQL alone, on a database of your own: fault <name> --database-url <url> --break <its name> [--for 30s]
           [--not-production <its host>]
  saturate how many candidates the platform bears: phase 2 with a larger and larger cohort, each on a fresh stage:
           [--profile dev] [--up-to 4] [--seed 7] [--host containers|processes] [--config <file>]
  gate     whether a run of profile release lets a release pass; exit 0 or 1 with every reason, 3 for bad arguments
  replay   play one candidate of a run again, alone and against a fresh stack
  shrink   repeat a NO-GO with fewer faults, at most ten times, and print the smallest schedule that still fails
  doctor   say what this machine lacks for a rehearsal
  init     write a configuration, an adapter and a schema mapping for a backend of your own: init [folder]

  --profile <name>   ${PROFILE_NAMES.join(' | ')}
  --config <file>    another configuration than rehearsal.config.ts; REHEARSAL_CONFIG means the same
  --seed <number>    repeats a run: 0 to ${MAX_SEED}; random if absent, and printed
  --host <kind>      ${HOSTS.join(' | ')}
  --only <a,b>       these phases only, for example 2-load or 3-faults; may be given again
  --faults <a,b>     these faults and no others, in whatever profile; all: the whole catalogue (docs/faults.md)
  --keep             leave the stage up after a NO-GO
  --bail             stop after the first phase in which something is false
  --baseline <run>   compare with this run (folder, id or latest) and not with the last GO of the same profile
  --at-once <n>      play so many phases side by side; default: 3 in smoke, 2 in dev, else 1; outside always 1
  --repeat <n>       rehearse n times, one after the other; the worst verdict counts
  --dry-run          check everything, say what would be done, and do nothing; exit 3, because nothing was rehearsed

Each has an environment variable that means the same (REHEARSAL_PROFILE, REHEARSAL_SEED, ...); a flag wins over its
variable, and both win over rehearsal.config.ts.
`

/** What a person asked for, validated as far as it can be without looking at suites and machine. */
export interface Request {
  readonly profile: ProfileName
  /** Unsigned 32-bit. */
  readonly seed: number
  /** Whether the seed was given: repetitions of a given seed repeat it, others draw anew. */
  readonly seedGiven: boolean
  readonly host: (typeof HOSTS)[number]
  /** Where the host was named, for the first line. */
  readonly hostSource: string
  /** Phase ids or folders of phases; empty: all. */
  readonly only: readonly string[]
  /** Names of faults, or `all`; absent: those of the profile. */
  readonly faults?: readonly string[]
  readonly keep: boolean
  readonly bail: boolean
  /** Only say what would be done. */
  readonly dryRun: boolean
  readonly repeat: number
  /** Phases side by side; absent: as the profile does. */
  readonly atOnce?: number
  /** As it was given; absent: the last GO of the same profile and phases. */
  readonly baseline?: string
}

export interface Parsed {
  readonly command: 'run' | 'doctor' | 'help' | undefined
  readonly request: Request
  /** Everything wrong with flags and variables. `request` may only be used when there is none. */
  readonly problems: readonly RehearsalError[]
}

/**
 * Read flags, environment and configuration into one request: flag over variable over configuration over default.
 * Never throws for bad input: all of it is returned at once.
 */
export function parseArguments(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  config: RehearsalConfig,
): Parsed {
  const problems: RehearsalError[] = []
  const invalid = (code: 'CONFIG_INVALID' | 'PROFILE_UNKNOWN', expected: string, seen: string, name: string) => {
    problems.push(new RehearsalError(code, { expected, seen, next: `Correct ${name}, or see --help.` }))
  }

  const { flags, positionals, help } = readFlags(argv, (expected, seen, name) =>
    invalid('CONFIG_INVALID', expected, seen, name),
  )
  const [command, ...rest] = positionals
  if (!help && command !== 'run' && command !== 'doctor') {
    invalid(
      'CONFIG_INVALID',
      `a command: one of ${COMMANDS.join(', ')}`,
      command === undefined ? 'none' : show(command),
      'the command',
    )
  }
  for (const extra of rest) invalid('CONFIG_INVALID', 'nothing after the command but flags', show(extra), show(extra))

  /** The value of a setting with the name of where it came from; the last flag wins. */
  const given = (setting: Setting): { value: string; source: string } | undefined => {
    const flag = flags.get(setting)?.at(-1)
    if (flag !== undefined) return { value: flag, source: `--${setting}` }
    const variable = SETTINGS[setting].env
    const value = env[variable]?.trim()
    return value === undefined || value === '' ? undefined : { value, source: variable }
  }
  const oneOf = <Name extends string>(
    setting: 'profile' | 'host',
    names: readonly Name[],
    fallback: Name,
  ): { value: Name; source: string } => {
    const found = given(setting)
    if (found === undefined) {
      const configured = config[setting] as Name | undefined
      return { value: configured ?? fallback, source: configured === undefined ? 'default' : 'rehearsal.config.ts' }
    }
    if ((names as readonly string[]).includes(found.value)) return found as { value: Name; source: string }
    const code = setting === 'profile' ? 'PROFILE_UNKNOWN' : 'CONFIG_INVALID'
    invalid(code, `${found.source} is one of ${names.join(', ')}`, show(found.value), found.source)
    return { value: fallback, source: found.source }
  }
  const wholeNumber = (setting: 'seed' | 'repeat' | 'at-once', least: number, most: number): number | undefined => {
    const found = given(setting)
    if (found === undefined) return undefined
    const number = /^\d{1,10}$/.test(found.value) ? Number(found.value) : Number.NaN
    if (number >= least && number <= most) return number
    invalid(
      'CONFIG_INVALID',
      `${found.source} is a whole number from ${least} to ${most}`,
      show(found.value),
      found.source,
    )
    return undefined
  }
  const yes = (setting: 'keep' | 'bail' | 'dry-run'): boolean => {
    const found = given(setting)
    if (found === undefined || found.value === '0' || found.value === 'false') return false
    if (found.value === '1' || found.value === 'true') return true
    invalid('CONFIG_INVALID', `${found.source} is 1, true, 0 or false`, show(found.value), found.source)
    return false
  }

  const seed = wholeNumber('seed', 0, MAX_SEED)
  const host = oneOf('host', HOSTS, 'auto')
  return {
    command: help ? 'help' : command === 'run' || command === 'doctor' ? command : undefined,
    request: {
      profile: oneOf('profile', PROFILE_NAMES, 'dev').value,
      seed: seed ?? drawSeed(),
      seedGiven: seed !== undefined,
      host: host.value,
      hostSource: host.source,
      only: (flags.get('only') ?? [given('only')?.value ?? []].flat()).flatMap(listOrAsItIs),
      ...(given('faults') === undefined
        ? {}
        : { faults: (flags.get('faults') ?? [given('faults')?.value]).flatMap(listOf) }),
      keep: yes('keep'),
      bail: yes('bail'),
      dryRun: yes('dry-run'),
      repeat: wholeNumber('repeat', 1, MAX_REPEAT) ?? 1,
      ...optional('baseline', given('baseline')?.value),
      ...optional('atOnce', wholeNumber('at-once', 1, MAX_AT_ONCE)),
    },
    problems,
  }
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value }
}

/** A seed that nobody chose. */
export function drawSeed(): number {
  return randomInt(MAX_SEED + 1)
}

function readFlags(
  argv: readonly string[],
  invalid: (expected: string, seen: string, name: string) => void,
): { flags: Map<Setting, string[]>; positionals: string[]; help: boolean } {
  const options = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, { takes }]) => [
      name,
      { type: takes === 'nothing' ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  // Not strict: strict throws at the first unknown flag, and we name them all. `pnpm run x -- --flag` passes the `--` on.
  const { tokens, positionals } = parseArgs({
    args: argv.filter((argument) => argument !== '--'),
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const flags = new Map<Setting, string[]>()
  let help = false
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    if (token.name === 'help') {
      help = true
      continue
    }
    if (!Object.hasOwn(SETTINGS, token.name)) {
      invalid(`one of --${Object.keys(SETTINGS).join(', --')}`, token.rawName, token.rawName)
      continue
    }
    const setting = token.name as Setting
    const takesValue = SETTINGS[setting].takes !== 'nothing'
    if (takesValue && (token.value === undefined || token.value === '')) {
      invalid(`a value after --${setting}`, 'none', `--${setting}`)
    } else if (takesValue && !token.inlineValue && token.value?.startsWith('--')) {
      invalid(`a value after --${setting}`, show(token.value), `--${setting}`)
    } else if (!takesValue && token.value !== undefined) {
      invalid(`--${setting} without a value`, show(token.value), `--${setting}`)
    } else {
      flags.set(setting, [...(flags.get(setting) ?? []), token.value ?? 'true'])
    }
  }
  return { flags, positionals: [...positionals], help }
}

function listOf(value: string | undefined): string[] {
  if (value === undefined) return []
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** Nothing is no list: a flag that names no phase must be refused, and not mean all of them. */
function listOrAsItIs(value: string): string[] {
  const items = listOf(value)
  return items.length === 0 ? [value] : items
}

function show(value: string): string {
  return JSON.stringify(value)
}
