import { createHash } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { RehearsalError } from '../errors.ts'
import { composeService } from './compose-service.ts'
import { type BackendSource, type OwnBackend, ownBackendSchema } from './own-backend.ts'

const TAG_CHARACTERS = 16

/** An image that the engine builds before a run. */
export interface BackendBuild {
  /** Folder, absolute. */
  readonly context: string
  /** Dockerfile, relative to the folder. */
  readonly dockerfile: string
  /** With `{env:NAME}` where the value comes from whoever builds. */
  readonly args: Readonly<Record<string, string>>
}

/** A backend with a name for its image, and how that image is made where it is not there yet. */
export interface ResolvedBackend {
  readonly backend: OwnBackend
  readonly build?: BackendBuild
  /** What whoever rehearses should know of how it was read. */
  readonly notes: readonly string[]
}

/** What a configuration says of a backend beside where it comes from. */
export type UnresolvedBackend = Omit<OwnBackend, 'image'>

type Found =
  | { readonly resolved: ResolvedBackend }
  | {
      readonly problems: readonly RehearsalError[]
      /** What else is wrong can be told of this. */
      readonly unresolved: UnresolvedBackend
    }

/**
 * The backend that a configuration describes by an image, a Dockerfile or a service of a compose file. What the
 * configuration says itself wins over the compose file.
 *
 * @param configDir folder that paths are relative to
 * @returns the backend; or every problem at once, CONFIG_INVALID each, and what the configuration says itself
 */
export async function resolveBackend(
  source: BackendSource,
  configDir: string,
  own: Readonly<Record<string, string | undefined>>,
): Promise<Found> {
  const { image, dockerfile, context, compose, ...rest } = source
  const named = [image, dockerfile, compose].filter((one) => one !== undefined).length
  const problems: RehearsalError[] = []
  if (named !== 1) {
    const seen = named === 0 ? 'none' : 'more than one'
    problems.push(invalid('default.backend: exactly one of image, dockerfile and compose', seen))
  }
  if (context !== undefined && dockerfile === undefined) {
    problems.push(invalid('default.backend.context: only beside dockerfile', JSON.stringify(context)))
  }
  if (problems.length > 0) return { problems, unresolved: rest }
  if (image !== undefined) return { resolved: { backend: { ...rest, image }, notes: [] } }
  const found =
    dockerfile !== undefined
      ? await built(
          rest,
          resolve(configDir, context ?? dirname(dockerfile)),
          resolve(configDir, dockerfile),
          {},
          configDir,
        )
      : await fromCompose(rest, compose, configDir, own)
  return 'resolved' in found ? found : { ...found, unresolved: rest }
}

type Read = { readonly resolved: ResolvedBackend } | { readonly problems: readonly RehearsalError[] }

async function fromCompose(
  rest: UnresolvedBackend,
  compose: BackendSource['compose'],
  configDir: string,
  own: Readonly<Record<string, string | undefined>>,
): Promise<Read> {
  if (compose === undefined) throw new TypeError('one of the three is there')
  const file = resolve(configDir, compose.file)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause)
    return { problems: [invalid('default.backend.compose.file: a file that can be read', seen)] }
  }
  const read = composeService(text, compose.service, own)
  if ('problems' in read) {
    return { problems: read.problems.map((seen) => invalid(`default.backend.compose: a service of ${file}`, seen)) }
  }
  const { image, build, command, port, env, leftOut } = read.service
  const merged = {
    ...(command === undefined ? {} : { command: [...command] }),
    ...(port === undefined ? {} : { port }),
    ...rest,
    env: { ...env, ...rest.env },
  }
  const checked = ownBackendSchema.safeParse(merged)
  if (!checked.success) {
    return {
      problems: checked.error.issues.map(({ path, message }) =>
        invalid(
          `${message} (${path.join('.')} of service ${compose.service} in ${file}; backend.${path.join('.')} replaces it)`,
          'something else, which is not repeated here',
        ),
      ),
    }
  }
  const notes = [
    `of ${compose.file}, service ${compose.service}: image, command, environment and port; PostgreSQL and Redis are the stage's own${
      leftOut.length === 0 ? '' : `; left out: ${leftOut.join(', ')}`
    }`,
  ]
  if (build === undefined) return { resolved: { backend: { ...merged, image: image ?? '' }, notes } }
  const folder = resolve(dirname(file), build.context)
  const found = await built(merged, folder, resolve(folder, build.dockerfile ?? 'Dockerfile'), build.args, configDir)
  return 'problems' in found ? found : { resolved: { ...found.resolved, notes } }
}

async function built(
  rest: UnresolvedBackend,
  context: string,
  file: string,
  args: Readonly<Record<string, string>>,
  configDir: string,
): Promise<Read> {
  try {
    await access(file)
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause)
    return { problems: [invalid('default.backend: a Dockerfile that can be read', seen)] }
  }
  const dockerfile = relative(context, file)
  if (dockerfile.startsWith('..')) {
    return { problems: [invalid(`default.backend: a Dockerfile below its context ${context}`, file)] }
  }
  // By what is written and not by where this checkout lies: the gate of a release compares it.
  const what = JSON.stringify([basename(configDir), relative(configDir, join(context, dockerfile)), args])
  const tag = createHash('sha256').update(what).digest('hex').slice(0, TAG_CHARACTERS)
  return {
    resolved: {
      backend: { ...rest, image: `exam-rehearsal/own-backend:${tag}` },
      build: { context, dockerfile, args },
      notes: [],
    },
  }
}

function invalid(expected: string, seen: string): RehearsalError {
  return new RehearsalError('CONFIG_INVALID', { expected, seen, next: 'Correct backend in rehearsal.config.ts.' })
}
