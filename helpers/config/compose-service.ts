import { parse } from 'yaml'

/** What a compose file says of one service that a stage can use; everything else of it is the stage's to say. */
export interface ComposeService {
  readonly image?: string
  readonly build?: {
    readonly context: string
    readonly dockerfile?: string
    readonly args: Readonly<Record<string, string>>
  }
  readonly command?: readonly string[]
  /** Where it listens in its container. */
  readonly port?: number
  /** With `{databaseUrl}`, `{redisUrl}` and `{env:NAME}` in place of addresses and of what a shell would put there. */
  readonly env: Readonly<Record<string, string>>
  /** Settings of the service that are left out, by name. */
  readonly leftOut: readonly string[]
}

const TAKEN: ReadonlySet<string> = new Set(['image', 'build', 'command', 'environment', 'ports', 'expose'])
/** They change what runs, so leaving them out would rehearse something else. */
const REFUSED = ['entrypoint', 'env_file', 'extends'] as const

/**
 * One service of a compose file (https://github.com/compose-spec/compose-spec). An address of PostgreSQL or Redis in its
 * environment becomes that of the stage.
 *
 * @param own variables of whoever rehearses: who is not set here takes the default of `${NAME:-default}`, and whose value is
 *   an address becomes that of the stage, too
 * @returns the service, or in words everything of it that cannot be used
 */
export function composeService(
  text: string,
  name: string,
  own: Readonly<Record<string, string | undefined>>,
): { readonly service: ComposeService } | { readonly problems: readonly string[] } {
  let file: unknown
  try {
    file = parse(text)
  } catch (error) {
    return {
      problems: [`no YAML: ${error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error)}`],
    }
  }
  const services = recordOf(recordOf(file)?.services)
  const given = recordOf(services?.[name])
  if (given === undefined) {
    return { problems: [`no service ${name}; there are ${Object.keys(services ?? {}).join(', ') || 'none'}`] }
  }
  const problems: string[] = []
  const refuse = (problem: string): undefined => {
    problems.push(`services.${name}.${problem}`)
    return undefined
  }
  for (const setting of REFUSED) if (given[setting] !== undefined) refuse(`${setting}: cannot be used here`)
  const image = typeof given.image === 'string' ? withVariables(given.image, own, refuse) : undefined
  const build = buildOf(given.build, refuse)
  if (image === undefined && build === undefined) refuse('image or build: neither is there')
  const command = commandOf(given.command, refuse)
  const port = portOf(given.ports, given.expose, refuse)
  const service: ComposeService = {
    ...(build === undefined ? (image === undefined ? {} : { image }) : { build }),
    ...(command === undefined ? {} : { command }),
    ...(port === undefined ? {} : { port }),
    env: environmentOf(given.environment, own, refuse),
    leftOut: Object.keys(given).filter((setting) => !TAKEN.has(setting)),
  }
  return problems.length > 0 ? { problems } : { service }
}

/** As `withVariables` writes it. */
const FROM_ENVIRONMENT = /\{env:(\w+)\}/g

type Refuse = (problem: string) => undefined

function buildOf(given: unknown, refuse: Refuse): ComposeService['build'] {
  if (given === undefined) return undefined
  if (typeof given === 'string') return { context: given, args: {} }
  const { context = '.', dockerfile, args } = recordOf(given) ?? {}
  if (typeof context !== 'string' || (dockerfile !== undefined && typeof dockerfile !== 'string')) {
    return refuse('build: a context and a dockerfile, each a path')
  }
  const named = pairsOf(args) ?? []
  return {
    context,
    ...(dockerfile === undefined ? {} : { dockerfile }),
    args: Object.fromEntries(named.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  }
}

function commandOf(given: unknown, refuse: Refuse): readonly string[] | undefined {
  if (given === undefined || given === null) return undefined
  if (Array.isArray(given)) return given.map(String)
  // Compose splits a text as a shell would; where that needs a shell's rules, the list says what is meant.
  if (typeof given === 'string' && !/["'\\$`]/.test(given)) return given.trim().split(/\s+/)
  return refuse('command: a list')
}

function portOf(ports: unknown, expose: unknown, refuse: Refuse): number | undefined {
  const [first] = [...(Array.isArray(ports) ? ports : []), ...(Array.isArray(expose) ? expose : [])]
  if (first === undefined) return undefined
  const target =
    recordOf(first)?.target ??
    String(first)
      .replace(/\/tcp$/, '')
      .split(':')
      .at(-1)
  const port = Number(target)
  return Number.isInteger(port) && port > 0 ? port : refuse(`ports: one port, and not ${JSON.stringify(first)}`)
}

function environmentOf(
  given: unknown,
  own: Readonly<Record<string, string | undefined>>,
  refuse: Refuse,
): Readonly<Record<string, string>> {
  const pairs = given === undefined ? [] : pairsOf(given)
  if (pairs === undefined) {
    refuse('environment: names with values')
    return {}
  }
  return Object.fromEntries(
    pairs.map(([name, value]) => {
      const literal = ofTheStage(value ?? '')
      if (literal !== undefined) return [name, literal]
      // Without a value it is taken from whoever starts it.
      const text =
        value === undefined
          ? `{env:${name}}`
          : (withVariables(value, own, (problem) => refuse(`environment.${name}: ${problem}`)) ?? '')
      // Whoever starts it may have the address of a database that others use.
      return [name, ofTheStage(text.replaceAll(FROM_ENVIRONMENT, (_, variable) => own[variable] ?? '')) ?? text]
    }),
  )
}

/** What the stage puts in the place of an address; undefined: it is none. */
function ofTheStage(value: string): string | undefined {
  if (/^postgres(?:ql)?(?:[+-]\w+)?:\/\//i.test(value)) return '{databaseUrl}'
  return /^rediss?(?:[+-]\w+)?:\/\//i.test(value) ? '{redisUrl}' : undefined
}

/** `${NAME}` as `{env:NAME}`; with a default that of who is not set. https://docs.docker.com/reference/compose-file/interpolation/ */
function withVariables(
  text: string,
  own: Readonly<Record<string, string | undefined>>,
  refuse: Refuse,
): string | undefined {
  let bad = false
  const replaced = text.replaceAll(
    /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?-)([^{}]*))?\}|)/g,
    (whole, dollar?: string, bare?: string, name?: string, sign?: string, otherwise?: string) => {
      if (dollar !== undefined) return '$'
      const variable = bare ?? name
      if (variable === undefined) {
        bad = true
        return whole
      }
      const set = own[variable]
      const isAbsent = sign === ':-' ? (set ?? '') === '' : set === undefined
      return sign !== undefined && isAbsent ? (otherwise ?? '') : `{env:${variable}}`
    },
  )
  return bad ? refuse(`no other interpolation than $NAME, \${NAME} and \${NAME:-default}`) : replaced
}

/** A map of names, or a list of `NAME=value`. */
function pairsOf(given: unknown): readonly (readonly [string, string | undefined])[] | undefined {
  if (Array.isArray(given)) {
    return given.map((entry) => {
      const text = String(entry)
      const at = text.indexOf('=')
      return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
    })
  }
  const named = recordOf(given)
  if (named === undefined) return undefined
  return Object.entries(named).map(([name, value]) => [
    name,
    value === null || value === undefined ? undefined : String(value),
  ])
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}
