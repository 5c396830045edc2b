import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type OwnInvariants, ownInvariants, readOwnInvariants } from '../helpers/config/own-invariants.ts'
import { type CheckedConfig, type RehearsalConfig, validateConfig } from '../helpers/config/rehearsal-config.ts'
import { type ResolvedBackend, resolveBackend, type UnresolvedBackend } from '../helpers/config/resolve-backend.ts'
import { describeLoadError } from '../helpers/describe-load-error.ts'
import { RehearsalError } from '../helpers/errors.ts'
import type { Profile, ProfileName } from '../helpers/load/profile.ts'
import { PROFILES } from '../helpers/load/profiles.ts'
import { readThinkTimes, type ThinkTime } from '../helpers/load/think-time.ts'
import { validateProfile } from '../helpers/load/validate-profile.ts'
import { type RunPlatform, runPlatform } from '../helpers/platform/run-platform.ts'
import { loadToItsEnd } from './load-to-its-end.ts'

/** What the configuration file exports, checked; or every problem with it. Never throws. */
export async function loadConfig(file: string): Promise<CheckedConfig> {
  try {
    const load = () => import(pathToFileURL(file).href) as Promise<{ default?: unknown }>
    const { default: exported } = await loadToItsEnd(file, 'CONFIG_INVALID', load)
    return validateConfig(exported, file)
  } catch (cause) {
    const problem = new RehearsalError('CONFIG_INVALID', {
      expected: `${file} can be loaded and has a default export`,
      seen: describeLoadError(cause),
      next: `Correct ${file}, or what it imports.`,
      cause,
    })
    return { problems: [problem], usable: {} }
  }
}

/** The platform that the configuration names, checked; none when it names none. */
export async function configuredPlatform(
  config: RehearsalConfig,
  configFile: string,
): Promise<{ readonly platform?: RunPlatform; readonly problems: readonly RehearsalError[] }> {
  if (config.platform === undefined) return { problems: [] }
  const module = resolve(dirname(configFile), config.platform)
  const found = await loadToItsEnd(module, 'PLATFORM_INVALID', () => runPlatform(module))
  return 'platform' in found ? { ...found, problems: [] } : found
}

/** The backend that the configuration describes, with a name for its image; none when it describes none. */
export async function configuredBackend(
  { backend }: RehearsalConfig,
  configFile: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<
  Partial<ResolvedBackend> & { readonly problems: readonly RehearsalError[]; readonly unresolved?: UnresolvedBackend }
> {
  if (backend === undefined) return { problems: [] }
  const found = await resolveBackend(backend, dirname(configFile), env)
  return 'resolved' in found ? { ...found.resolved, problems: [] } : found
}

/** The invariants that the configuration names, checked; none when it names none. */
export async function configuredInvariants(
  { sqlDir }: RehearsalConfig,
  configFile: string,
): Promise<{ readonly ownInvariants?: OwnInvariants; readonly problems: readonly RehearsalError[] }> {
  if (sqlDir === undefined) return { problems: [] }
  const dir = resolve(dirname(configFile), sqlDir)
  const { builtInInvariants } = await import('../fixtures/own-tables.ts')
  const read = await readOwnInvariants(dir, await builtInInvariants())
  return 'problems' in read ? read : { ownInvariants: ownInvariants(dir, read.invariants), problems: [] }
}

/** The profile of the run with the configured think times, threads and thresholds, checked as a whole. Never throws for them. */
export function configuredProfile(
  name: ProfileName,
  config: RehearsalConfig,
  configFile: string,
): { readonly profile: Profile; readonly problems: readonly RehearsalError[] } {
  const named = PROFILES[name]
  const unread: RehearsalError[] = []
  const profile = {
    ...named,
    thinkTime: measuredThinkTimes(config, configFile, unread) ?? named.thinkTime,
    ...(config.generatorThreads === undefined ? {} : { generatorThreads: config.generatorThreads }),
    thresholds: { ...named.thresholds, ...config.thresholds?.[name] },
  }
  const problems = validateProfile(profile).map(
    (problem) =>
      new RehearsalError('CONFIG_INVALID', {
        expected: `a profile ${name} that can be rehearsed`,
        seen: problem,
        next: 'Correct helpers/load/profiles.ts, or thinkTimes and thresholds in rehearsal.config.ts.',
      }),
  )
  return { profile, problems: [...unread, ...problems] }
}

function measuredThinkTimes(
  { thinkTimes }: RehearsalConfig,
  configFile: string,
  unread: RehearsalError[],
): ThinkTime | undefined {
  if (thinkTimes === undefined) return undefined
  try {
    return readThinkTimes(resolve(dirname(configFile), thinkTimes))
  } catch (error) {
    if (!(error instanceof RehearsalError)) throw error
    unread.push(error)
    return undefined
  }
}
