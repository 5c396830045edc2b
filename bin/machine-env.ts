import type { RehearsalConfig } from '../helpers/config/rehearsal-config.ts'

/** The variables that the machine is asked with, its thresholds among them: environment over configuration over default. */
export function machineEnv(
  env: Readonly<Record<string, string | undefined>>,
  config: RehearsalConfig,
): Readonly<Record<string, string | undefined>> {
  const { minFreeDiskGB, minFreeMemoryGB } = config.machine ?? {}
  return {
    ...(minFreeDiskGB === undefined ? {} : { REHEARSAL_MIN_FREE_DISK_GB: String(minFreeDiskGB) }),
    ...(minFreeMemoryGB === undefined ? {} : { REHEARSAL_MIN_FREE_MEMORY_GB: String(minFreeMemoryGB) }),
    ...Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim())),
  }
}
