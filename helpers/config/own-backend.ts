import { z } from 'zod'

/** What the stage puts in the place of a name in braces. */
export const STAGE_VALUES = ['databaseUrl', 'redisUrl', 'port', 'workers'] as const

export type StageValues = Readonly<Record<(typeof STAGE_VALUES)[number], string>>

const PLACEHOLDER = /\{([^{}]*)\}/g
const FROM_ENVIRONMENT = /^env:([A-Za-z_][A-Za-z0-9_]*)$/
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/
/** What is configured is stored with every run, so a secret may only be named. */
const SECRET_NAME = /secret|password|passwd|passphrase|token|private|credential|api_?key/i
/** As the last word of a name: `DB_PASS`, and not the `PASS_MARK` of an exam; `HASH_SALT`, and not `SALT_ROUNDS`. */
const SECRET_WORD = /^(?:pass|\w*pwd|keys?|\w*dsn|\w*salt)$/
/** Words before `KEY` that say that everybody may know it. */
const OPEN_KEY = /^(?:public|pub|publishable|site|primary|foreign|partition|sort|routing|cache)$/
/** `amqp://exam:opens-every-door@queue`. */
const PASSWORD_IN_URL = /:\/\/[^\s/?#@:]*:[^\s/?#@]+@/
const MAX_PORT = 65_535
/** A literal one leads past the stage, to data that is nobody's to rehearse with. */
const SERVICE_URL = /\b(?:postgres(?:ql)?|rediss?)(?:[+-]\w+)?:\/\//i

const env = z.record(z.string(), z.string()).superRefine(
  (given, context) => {
    const known = STAGE_VALUES.map((one) => `{${one}}`).join(', ')
    for (const [name, text] of Object.entries(given)) {
      const invalid = (message: string): void => context.addIssue({ code: 'custom', path: [name], message })
      if (!VARIABLE.test(name)) invalid('the name of an environment variable')
      if (typeof text !== 'string') continue
      for (const [whole, inner = ''] of text.matchAll(PLACEHOLDER)) {
        if ((STAGE_VALUES as readonly string[]).includes(inner) || FROM_ENVIRONMENT.test(inner)) continue
        invalid(`no other placeholders than ${known} and {env:NAME}, but there is ${whole}`)
      }
      if (isServiceAddress(text)) {
        invalid(
          'no address of a database or Redis of its own, only {databaseUrl} and {redisUrl}: candidates would write there',
        )
      } else if (isSecretInClear(name, text)) {
        invalid('a secret by its name only, {env:NAME}: what is written here is stored with every run')
      }
    }
  },
  // Beside one that is no text, too: all mistakes are told at once.
  { when: ({ value }) => typeof value === 'object' && value !== null },
)

/**
 * The backend that is rehearsed, where it is not the reference: exactly one of image, dockerfile and compose says where it
 * comes from.
 */
export const ownBackendSchema = z.strictObject({
  /** An image that the engine has: `registry.example/exam/backend@sha256:…`. Never pulled. */
  image: z.string().regex(/^\S+$/, 'the name of an image').exactOptional(),
  /** Dockerfile, relative to this file, from which the engine builds the image before each run. */
  dockerfile: z.string().min(1).exactOptional(),
  /** Folder that it is built from, relative to this file; that of the Dockerfile if absent. */
  context: z.string().min(1).exactOptional(),
  /**
   * A service of a compose file. Only its image (or build), command, environment and port are taken; PostgreSQL, Redis and the
   * proxies before them are those of the stage, whatever the file says of them.
   */
  compose: z
    .strictObject({
      /** The compose file, relative to this file. */
      file: z.string().min(1),
      /** Its service that is the backend. */
      service: z.string().min(1),
    })
    .exactOptional(),
  /** Replaces the image's command; absent: its own. */
  command: z.array(z.string()).min(1).exactOptional(),
  /**
   * Runs it where services are plain processes (`--host processes`): a program, from the root of this repository or
   * absolute, and its arguments. Absent: it is rehearsed in containers only. It listens on `{port}` of 127.0.0.1.
   */
  program: z.array(z.string().min(1)).min(1).exactOptional(),
  /**
   * What makes its tables, where it does not do so itself when it starts: a command in its image, with its variables. It is
   * run once on each stage, before the backend, and must end with code 0.
   */
  migrate: z.array(z.string().min(1)).min(1).exactOptional(),
  /** The same where services are plain processes: a program, as `program` is one, and its arguments. */
  migrateProgram: z.array(z.string().min(1)).min(1).exactOptional(),
  /** Where it listens in its container, for HTTP; 8080 if absent. Also given to it as PORT. */
  port: z.int().min(1).max(MAX_PORT).exactOptional(),
  /**
   * Added to what the stage gives every backend: DATABASE_URL, REDIS_URL, PORT, WORKERS, JWT_SECRET and NODE_ENV, which
   * this replaces. `{databaseUrl}`, `{redisUrl}` and `{port}` are those of the stage, through its proxies, `{workers}` is
   * how many processes are to serve, and `{env:NAME}` is a variable of whoever rehearses.
   */
  env: env.exactOptional(),
})

/** As it is configured. */
export type BackendSource = z.infer<typeof ownBackendSchema>

/** As it is put on stage, once its image has a name. */
export type OwnBackend = Omit<BackendSource, 'image' | 'dockerfile' | 'context' | 'compose'> & {
  readonly image: string
}

/**
 * The environment of the backend with everything in place.
 *
 * @throws TypeError for a variable that is not set, or one that leads past the stage
 */
export function ownBackendEnv(
  { env: given = {} }: OwnBackend,
  values: StageValues,
  own: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  // Also where the entry has not looked: a run that is played again is started with the variables of today.
  const [past] = namedAddresses({ env: given }, own)
  if (past !== undefined) throw new TypeError(`${past.name}: ${past.variables.join(', ')} leads past the stage`)
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => [
      name,
      text.replaceAll(PLACEHOLDER, (_, inner: string) => {
        const variable = FROM_ENVIRONMENT.exec(inner)?.[1]
        const found = variable === undefined ? values[inner as keyof StageValues] : own[variable]
        if (found === undefined) throw new TypeError(`${name}: the variable ${variable} is not set`)
        return found
      }),
    ]),
  )
}

/** Variables that a configuration names and that are not set, or empty. */
export function missingVariables(
  { env: given = {} }: Pick<OwnBackend, 'env'>,
  own: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const named = Object.values(given).flatMap(variablesIn)
  return [...new Set(named)].filter((name) => (own[name] ?? '') === '').sort()
}

/**
 * Settings of `env` that would lead past the stage, because the variables that they name hold the address of a database or
 * Redis.
 *
 * @returns the name of each, and the variables that it names
 */
export function namedAddresses(
  { env: given = {} }: Pick<OwnBackend, 'env'>,
  own: Readonly<Record<string, string | undefined>>,
): readonly { readonly name: string; readonly variables: readonly string[] }[] {
  return Object.entries(given).flatMap(([name, text]) => {
    const variables = variablesIn(text)
    return variables.length > 0 && isServiceAddress(fromEnvironment(text, own)) ? [{ name, variables }] : []
  })
}

/** Variables of whoever rehearses that a text names, each once. */
export function variablesIn(text: string): readonly string[] {
  const named = [...text.matchAll(PLACEHOLDER)].flatMap(([, inner = '']) => FROM_ENVIRONMENT.exec(inner)?.[1] ?? [])
  return [...new Set(named)]
}

/** A text with the value of each `{env:NAME}` in its place, nothing where it is not set; what the stage has to put in stays. */
export function fromEnvironment(text: string, own: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(PLACEHOLDER, (whole, inner: string) => {
    const variable = FROM_ENVIRONMENT.exec(inner)?.[1]
    return variable === undefined ? whole : (own[variable] ?? '')
  })
}

/** Whether there is an address of PostgreSQL or Redis in a text. */
export function isServiceAddress(text: string): boolean {
  return SERVICE_URL.test(text)
}

/** Whether a variable of this name holds a secret. */
export function isSecretName(name: string): boolean {
  if (SECRET_NAME.test(name)) return true
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
  const [before = '', last = ''] = [words.at(-2), words.at(-1)]
  return SECRET_WORD.test(last) && !(/^keys?$/.test(last) && OPEN_KEY.test(before))
}

/** Whether a variable of this name, with this text, holds a secret that is written there and not only named. */
export function isSecretInClear(name: string, text: string): boolean {
  const written = withoutPlaceholders(text)
  return (isSecretName(name) && written !== '') || hasPassword(written)
}

/** Whether there is an address with a password in a text. */
export function hasPassword(text: string): boolean {
  return PASSWORD_IN_URL.test(text)
}

function withoutPlaceholders(text: string): string {
  return text.replaceAll(PLACEHOLDER, '')
}
