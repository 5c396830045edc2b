import { parseArgs } from 'node:util'
import { RehearsalError } from '../helpers/errors.ts'
import { ToolHelp } from './tool-help.ts'

/** One flag of a single tool, and the environment variable that means the same: a password does not belong in `ps`. */
export interface ToolFlag {
  readonly env?: string
  readonly required?: true
  /** What it must look like, for people. */
  readonly expected: string
  readonly isValid: (value: string) => boolean
}

/** A URL of one of these schemes. */
export function urlFlag(env: string, schemes: readonly string[], required?: true): ToolFlag {
  return {
    env,
    ...(required ? { required } : {}),
    expected: `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    isValid: (value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)),
  }
}

export const DATABASE_URL = urlFlag('REHEARSAL_DATABASE_URL', ['postgres', 'postgresql'], true)
export const REDIS_URL = urlFlag('REHEARSAL_REDIS_URL', ['redis', 'rediss'])

/**
 * Read the flags of a tool: a flag wins over its variable. Nothing is looked at before all of them were checked.
 *
 * @returns values by flag, and what stands beside the flags; or every problem at once, CONFIG_INVALID each. A URL is
 *   never repeated in a message: it may hold a password.
 * @throws ToolHelp for --help or -h, with every flag and what it expects
 */
export function readToolFlags<Name extends string>(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<Name, ToolFlag>>,
  options: {
    /** A tool that takes flags only: a word beside them would be lost, and is a problem. */
    readonly flagsOnly?: true
    /** Flags that the tool reads itself, for the help. */
    readonly others?: Readonly<Record<string, Pick<ToolFlag, 'env' | 'expected'>>>
  } = {},
): {
  readonly values: Partial<Record<Name, string>>
  readonly positionals: readonly string[]
  readonly problems: RehearsalError[]
} {
  const names = Object.keys(flags) as Name[]
  const problems: RehearsalError[] = []
  const invalid = (expected: string, seen: string) =>
    problems.push(new RehearsalError('CONFIG_INVALID', { expected, seen, next: 'Correct the flag or its variable.' }))
  const { tokens, positionals } = parseArgs({
    args: argv.filter((argument) => argument !== '--'),
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  if (tokens.some((token) => token.kind === 'option' && (token.name === 'help' || token.name === 'h'))) {
    throw new ToolHelp(describeFlags({ ...flags, ...options.others }))
  }
  if (options.flagsOnly) for (const word of positionals) invalid('flags only', JSON.stringify(word))
  const given = new Map<string, string | undefined>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    if (names.includes(token.name as Name)) given.set(token.name, token.value)
    else invalid(`one of --${['help', ...names].join(', --')}`, token.rawName)
  }
  const values: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const { env: variable, required, expected, isValid } = flags[name]
    const source = given.has(name) || variable === undefined ? `--${name}` : variable
    const value = given.has(name) ? (given.get(name) ?? '') : variable === undefined ? undefined : env[variable]?.trim()
    const absent = value === undefined || (value === '' && !given.has(name))
    if (absent && required) invalid(`--${name}${variable === undefined ? '' : ` or ${variable}`}: ${expected}`, 'none')
    else if (!absent && !isValid(value)) invalid(`${source}: ${expected}`, value === '' ? 'none' : 'something else')
    else if (!absent) values[name] = value
  }
  return { values, positionals, problems }
}

/** Every flag a line, with what it expects and the variable that means the same. */
function describeFlags(flags: Readonly<Record<string, Omit<ToolFlag, 'isValid'>>>): string {
  const width = Math.max(...['help', ...Object.keys(flags)].map((name) => name.length))
  const lines = Object.entries(flags).map(([name, { env, required, expected }]) => {
    const also = env === undefined ? '' : `; ${env} means the same`
    return `  --${name.padEnd(width)}  ${expected}${required ? '; must be given' : ''}${also}`
  })
  return [...lines, `  --${'help'.padEnd(width)}  this`].join('\n')
}
