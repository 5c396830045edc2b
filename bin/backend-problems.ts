import { missingVariables, namedAddresses } from '../helpers/config/own-backend.ts'
import type { UnresolvedBackend } from '../helpers/config/resolve-backend.ts'
import { RehearsalError } from '../helpers/errors.ts'
import type { Run } from '../helpers/run.ts'

/** What a backend of one's own lacks before it can be put on stage. */
export function backendProblems(
  backend: UnresolvedBackend | undefined,
  host: Run['host'],
  env: Readonly<Record<string, string | undefined>>,
): readonly RehearsalError[] {
  if (backend === undefined) return []
  const elsewhere = new RehearsalError('HOST_UNAVAILABLE', {
    expected: 'a container engine for a backend that is an image, or a program that runs it without (backend.program)',
    seen: `--host ${host}, and no backend.program`,
    next: 'Use --host containers, or name the program in the configuration.',
    service: 'backend',
  })
  const withoutMigration = new RehearsalError('HOST_UNAVAILABLE', {
    expected: 'a program that makes the tables where there are no containers (backend.migrateProgram)',
    seen: `--host ${host}, and only backend.migrate`,
    next: 'Use --host containers, or name the program in the configuration.',
    service: 'backend',
  })
  const unset = missingVariables(backend, env).map(
    (name) =>
      new RehearsalError('CONFIG_INVALID', {
        expected: `the variable ${name}, which backend.env in rehearsal.config.ts names`,
        seen: 'not set',
        next: `Set ${name}, or correct rehearsal.config.ts.`,
        service: 'backend',
      }),
  )
  const pastTheStage = namedAddresses(backend, env).map(
    ({ name, variables }) =>
      new RehearsalError('CONFIG_INVALID', {
        expected: `backend.env.${name}: no address of a database or Redis of its own in ${variables.join(', ')}: candidates would write there`,
        seen: 'such an address, which is not repeated here',
        next: `Use {databaseUrl} or {redisUrl} in backend.env.${name}, which replaces a compose file's.`,
        service: 'backend',
      }),
  )
  if (host !== 'processes') return [...unset, ...pastTheStage]
  return [
    ...(backend.program === undefined ? [elsewhere] : []),
    ...(backend.migrate !== undefined && backend.migrateProgram === undefined ? [withoutMigration] : []),
    ...unset,
    ...pastTheStage,
  ]
}
