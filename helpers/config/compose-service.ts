import { parse } from 'yaml'
import {
  fromEnvironment,
  hasPassword,
  isSecretInClear,
  isSecretName,
  isServiceAddress,
  variablesIn,
} from './own-backend.ts'

/** What a compose file says of one service that a stage can use; everything else of it is the stage's to say. */
export interface ComposeService {
  readonly image?: string
  readonly build?: {
    readonly context: string
    readonly dockerfile?: string
    /** With `{env:NAME}` where the value comes from whoever builds. */
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
const BUILD_TAKEN: ReadonlySet<string> = new Set(['context', 'dockerfile', 'args'])
/** They change how an image is built or named, and not what is in it. */
const BUILD_LEFT_OUT: ReadonlySet<string> = new Set([
  ...['cache_from', 'cache_to', 'no_cache', 'pull', 'labels', 'tags', 'provenance', 'sbom', 'shm_size', 'ulimits'],
])
/** Of a compose file, for whoever writes it: https://docs.docker.com/reference/compose-file/extension/ */
const EXTENSION = /^x-/

/**
 * One service of a compose file (https://github.com/compose-spec/compose-spec). An address of PostgreSQL or Redis in its
 * environment becomes that of the stage.
 *
 * @param own variables of whoever rehearses: who is not set here takes the default of `${NAME:-default}`, and whose value is
 *   an address becomes that of the stage, too. Image, command and paths get their values now; an image is named by them
 * @returns the service, or in words everything of it that cannot be used
 */
export function composeService(
  text: string,
  name: string,
  own: Readonly<Record<string, string | undefined>>,
): { readonly service: ComposeService } | { readonly problems: readonly string[] } {
  let file: unknown
  try {
    // `<<: *base` is how compose files share settings; YAML 1.2 has no such thing by itself.
    file = parse(text, { merge: true })
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
  const build = buildOf(given.build, own, refuse)
  const image = given.build === undefined ? imageOf(given.image, own, refuse) : undefined
  const command = commandOf(given.command, own, refuse)
  const port = portOf(given.ports, given.expose, refuse)
  const service: ComposeService = {
    ...(build === undefined ? (image === undefined ? {} : { image }) : { build }),
    ...(command === undefined ? {} : { command }),
    ...(port === undefined ? {} : { port }),
    env: environmentOf(given.environment, own, refuse),
    leftOut: [
      ...Object.keys(given).filter((setting) => !TAKEN.has(setting)),
      ...Object.keys(recordOf(given.build) ?? {})
        .filter((setting) => !BUILD_TAKEN.has(setting))
        .map((setting) => `build.${setting}`),
    ],
  }
  return problems.length > 0 ? { problems } : { service }
}

type Own = Readonly<Record<string, string | undefined>>
type Refuse = (problem: string) => undefined

function imageOf(given: unknown, own: Own, refuse: Refuse): string | undefined {
  if (typeof given !== 'string') return refuse('image or build: neither is there')
  return withValues(given, own, (why) => refuse(`image: ${why}`))
}

function buildOf(given: unknown, own: Own, refuse: Refuse): ComposeService['build'] {
  if (given === undefined) return undefined
  const {
    context = '.',
    dockerfile,
    args,
    ...others
  } = typeof given === 'string' ? { context: given } : fieldsOf(given)
  if (typeof context !== 'string' || (dockerfile !== undefined && typeof dockerfile !== 'string')) {
    return refuse('build: a context and a dockerfile, each a path')
  }
  for (const setting of Object.keys(others)) {
    if (!BUILD_LEFT_OUT.has(setting) && !EXTENSION.test(setting)) refuse(`build.${setting}: cannot be used here`)
  }
  const folder = withValues(context, own, (why) => refuse(`build.context: ${why}`))
  const file =
    dockerfile === undefined ? undefined : withValues(dockerfile, own, (why) => refuse(`build.dockerfile: ${why}`))
  return {
    context: folder ?? context,
    ...(file === undefined ? {} : { dockerfile: file }),
    args: argsOf(args, own, refuse),
  }
}

/** What a build is given; the values of variables are put in only when it begins, so that nothing holds them. */
function argsOf(given: unknown, own: Own, refuse: Refuse): Readonly<Record<string, string>> {
  const pairs = given === undefined ? [] : pairsOf(given)
  if (pairs === undefined) {
    refuse('build.args: names with values')
    return {}
  }
  const args = pairs.flatMap(([name, value]): [string, string][] => {
    const refuseArg = (why: string): undefined => refuse(`build.args.${name}: ${why}`)
    // Without a value it is taken from whoever builds, where it is set.
    if (value === undefined) return own[name] === undefined ? [] : [[name, `{env:${name}}`]]
    const text = withVariables(value, own, refuseArg) ?? ''
    const unset = variablesIn(text).filter((variable) => own[variable] === undefined)
    if (unset.length > 0) refuseArg(notSet(unset))
    return [[name, text]]
  })
  for (const [name, text] of args) {
    if (isServiceAddress(fromEnvironment(text, own))) {
      refuse(`build.args.${name}: no address of a database or Redis, for a build has no stage`)
    } else if (isSecretInClear(name, text)) {
      refuse(`build.args.${name}: a secret by its name only, \${NAME}`)
    }
  }
  return Object.fromEntries(args)
}

function commandOf(given: unknown, own: Own, refuse: Refuse): readonly string[] | undefined {
  if (given === undefined || given === null) return undefined
  const refuseCommand = (why: string): undefined => refuse(`command: ${why}`)
  if (Array.isArray(given)) return given.map((word) => withValues(String(word), own, refuseCommand) ?? '')
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

function environmentOf(given: unknown, own: Own, refuse: Refuse): Readonly<Record<string, string>> {
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
      return [name, ofTheStage(fromEnvironment(text, own)) ?? text]
    }),
  )
}

/** What the stage puts in the place of an address; undefined: it is none. */
function ofTheStage(value: string): string | undefined {
  if (/^postgres(?:ql)?(?:[+-]\w+)?:\/\//i.test(value)) return '{databaseUrl}'
  return /^rediss?(?:[+-]\w+)?:\/\//i.test(value) ? '{redisUrl}' : undefined
}

/** `${NAME}` as `{env:NAME}`; with a default that of who is not set. https://docs.docker.com/reference/compose-file/interpolation/ */
function withVariables(text: string, own: Own, refuse: Refuse): string | undefined {
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

/** With every value in its place, for what is needed before a stage is there. It is stored with every run. */
function withValues(text: string, own: Own, refuse: Refuse): string | undefined {
  const named = withVariables(text, own, refuse)
  if (named === undefined) return undefined
  const variables = variablesIn(named)
  const secret = variables.filter(isSecretName)
  if (secret.length > 0)
    return refuse(`no secret, which would be stored with every run, but there is ${secret.join(', ')}`)
  const unset = variables.filter((variable) => own[variable] === undefined)
  if (unset.length > 0) return refuse(notSet(unset))
  const filled = fromEnvironment(named, own)
  if (hasPassword(filled)) return refuse('no address with a password, which would be stored with every run')
  return isServiceAddress(filled)
    ? refuse('no address of a database or Redis: the stage can put its own only into environment')
    : filled
}

function notSet(variables: readonly string[]): string {
  return `${variables.join(', ')} ${variables.length === 1 ? 'is' : 'are'} not set`
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

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return recordOf(value) ?? {}
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}
