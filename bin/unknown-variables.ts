import type { RehearsalConfig } from '../helpers/config/rehearsal-config.ts'
import { RehearsalError } from '../helpers/errors.ts'
import { SETTING_VARIABLES } from './arguments.ts'

const PREFIX = 'REHEARSAL_'

/** Read by something else than the flags: the machine, the images, the programs, the single tools, and ./bootstrap. */
const OTHER_VARIABLES = [
  'REHEARSAL_DATABASE_URL',
  'REHEARSAL_DEBIAN_MIRROR',
  'REHEARSAL_DEBIAN_SECURITY_MIRROR',
  'REHEARSAL_FAULT_DATABASE_URL',
  'REHEARSAL_IMAGE_NODE',
  'REHEARSAL_IMAGE_POSTGRES',
  'REHEARSAL_IMAGE_REDIS',
  'REHEARSAL_IMAGE_TOXIPROXY',
  'REHEARSAL_METRICS_URL',
  'REHEARSAL_MIN_FREE_DISK_GB',
  'REHEARSAL_MIN_FREE_MEMORY_GB',
  'REHEARSAL_PROGRAM_BACKUP',
  'REHEARSAL_PROGRAM_POSTGRES',
  'REHEARSAL_PROGRAM_REDIS',
  'REHEARSAL_PROGRAM_TOXIPROXY',
  'REHEARSAL_REDIS_URL',
]

/** Every variable of ours. */
export const KNOWN_VARIABLES: readonly string[] = [...SETTING_VARIABLES, ...OTHER_VARIABLES].sort()

/**
 * CONFIG_INVALID for every variable that looks like one of ours and is none: `REHEARSAL_PROFIL=nightly` would rehearse
 * the default profile, and nobody would notice. One that the configuration itself names is the user's own.
 */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
  config: RehearsalConfig,
): readonly RehearsalError[] {
  const configured = JSON.stringify(config)
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !KNOWN_VARIABLES.includes(name) && !configured.includes(name))
    .sort()
    .map(
      (name) =>
        new RehearsalError('CONFIG_INVALID', {
          expected: `of the variables that begin with ${PREFIX} only ${KNOWN_VARIABLES.join(', ')}`,
          seen: name,
          next: `Correct or unset ${name}.`,
        }),
    )
}
