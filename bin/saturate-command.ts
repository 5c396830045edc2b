import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeFileAtomically } from '../helpers/atomic-file.ts'
import { type CohortDay, findSaturation, type Saturation } from '../helpers/load/find-saturation.ts'
import { PROFILE_NAMES, type Profile, type ProfileName } from '../helpers/load/profile.ts'
import type { Run } from '../helpers/run.ts'
import { backendProblems } from './backend-problems.ts'
import { takeConfigFlag } from './config-flag.ts'
import { describeBackend } from './describe-backend.ts'
import { configuredBackend, configuredPlatform, configuredProfile, loadConfig } from './load-config.ts'
import { machineEnv } from './machine-env.ts'
import { ownSignals } from './own-signals.ts'
import { sourceState } from './source-state.ts'
import { realSurroundings } from './surroundings.ts'
import { readToolFlags } from './tool-flags.ts'
import { answerLine, type Say, sayToStandardOutput } from './tool-output.ts'
import { unknownVariables } from './unknown-variables.ts'

const REPORT = fileURLToPath(new URL('../reports/saturation.json', import.meta.url))
const CONFIG = fileURLToPath(new URL('../rehearsal.config.ts', import.meta.url))
const HOSTS: readonly Run['host'][] = ['containers', 'processes']
/** P14: a fifth more candidates than are registered must still sit their exam. */
const REQUIRED_HEADROOM = 1.2
const DEFAULT_UP_TO = '4'
const MAX_SEED = 0xffff_ffff

/** How a day is played and what is asked of the machine first; a test passes its own. */
export interface SaturateTools {
  readonly configure: (file: string) => ReturnType<typeof loadConfig>
  readonly refuse: (
    host: Run['host'],
    env: Readonly<Record<string, string | undefined>>,
    backendImage: string | undefined,
  ) => Promise<readonly Error[]>
  readonly play: (
    profile: Profile,
    candidates: number,
    options: Pick<Run, 'seed' | 'host' | 'backend' | 'platform'> & { readonly signal: AbortSignal },
  ) => Promise<CohortDay>
  readonly store: (report: unknown) => Promise<void>
}

/**
 * How many candidates the platform bears: phase 2 of a profile again and again, each time on a fresh stage and with a
 * larger cohort, until goodput stops rising or an SLO breaks. Writes `reports/saturation.json`.
 *
 * @returns 0 the headroom is what a release needs; 1 it is not, or data was lost; 2 nobody can say, or interrupted;
 *   3 bad input or a machine that lacks something: nothing was started
 */
export async function saturateCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  say: Say = sayToStandardOutput,
  tools: SaturateTools = REAL_TOOLS,
): Promise<0 | 1 | 2 | 3> {
  const { file: configFile = CONFIG, rest, problems: configProblems } = takeConfigFlag(argv, env)
  const { values, problems } = readToolFlags(
    rest,
    env,
    {
      profile: {
        env: 'REHEARSAL_PROFILE',
        expected: `one of ${PROFILE_NAMES.join(', ')}`,
        isValid: (value) => (PROFILE_NAMES as readonly string[]).includes(value),
      },
      host: {
        env: 'REHEARSAL_HOST',
        expected: `one of ${HOSTS.join(', ')}`,
        isValid: (value) => (HOSTS as readonly string[]).includes(value),
      },
      seed: {
        env: 'REHEARSAL_SEED',
        expected: `a whole number from 0 to ${MAX_SEED}`,
        isValid: (value) => /^\d{1,10}$/.test(value) && Number(value) <= MAX_SEED,
      },
      'up-to': {
        expected: 'a multiple of the registered candidates, from 1.2 to 10',
        isValid: (value) =>
          /^\d{1,2}(\.\d+)?$/.test(value) && Number(value) >= REQUIRED_HEADROOM && Number(value) <= 10,
      },
    },
    {
      flagsOnly: true,
      others: { config: { env: 'REHEARSAL_CONFIG', expected: 'another configuration than rehearsal.config.ts' } },
    },
  )
  problems.push(...configProblems)
  const configured = await tools.configure(configFile)
  const config = 'config' in configured ? configured.config : configured.usable
  problems.push(...unknownVariables(env, config))
  const { backend, build, unresolved, problems: sourceProblems } = await configuredBackend(config, configFile, env)
  const host = (values.host ?? 'containers') as Run['host']
  const { profile, problems: profileProblems } = configuredProfile(
    (values.profile ?? 'dev') as ProfileName,
    config,
    configFile,
  )
  problems.push(...('problems' in configured ? configured.problems : []), ...profileProblems)
  const { platform, problems: platformProblems } = await configuredPlatform(config, configFile)
  problems.push(...sourceProblems, ...backendProblems(backend ?? unresolved, host, env), ...platformProblems)
  for (const problem of problems) say(problem.message)
  if (problems.length > 0) return 3
  const seed = values.seed === undefined ? randomInt(0, MAX_SEED) : Number(values.seed)
  const lacking = await tools.refuse(host, machineEnv(env, config), build === undefined ? backend?.image : undefined)
  for (const problem of lacking) say(problem.message)
  if (lacking.length > 0) return 3
  if (build !== undefined && backend !== undefined && host === 'containers') {
    const { buildOwnBackend } = await import('../fixtures/hosts/own-backend-build.ts')
    await buildOwnBackend(build, backend.image)
  }

  const over = new AbortController()
  using _signals = ownSignals({ onSignal: () => over.abort(), onStrayError: () => over.abort() })
  say(`backend ${describeBackend(backend, configFile, dirname(CONFIG))}`)
  say(
    `Phase 2 of ${profile.name}, ${profile.candidates} registered, seed ${seed}, on ${host}; each day on a fresh stage.`,
  )
  const found = await findSaturation({
    registered: profile.candidates,
    required: REQUIRED_HEADROOM,
    upTo: Number(values['up-to'] ?? DEFAULT_UP_TO),
    signal: over.signal,
    play: async (candidates) => {
      const own = {
        ...(backend === undefined ? {} : { backend }),
        ...(platform === undefined ? {} : { platform }),
      }
      const day = await tools.play(profile, candidates, { seed, host, signal: over.signal, ...own })
      say(describeDay(day, profile.candidates))
      return day
    },
  })
  await tools.store({ schema: 1, takenAt: new Date().toISOString(), profile: profile.name, seed, host, ...found })
  say(answerLine(found.valid, `${REQUIRED_HEADROOM} times the registered candidates can sit their exam`, found.reason))
  if (over.signal.aborted) return 2
  return EXIT_CODES[String(found.valid) as keyof typeof EXIT_CODES]
}

const EXIT_CODES = { true: 0, false: 1, unknown: 2 } as const

const REAL_TOOLS: SaturateTools = {
  configure: loadConfig,
  async refuse(host, env, backendImage) {
    const { checkMachine, sweep } = await realSurroundings()
    const lacking = await checkMachine(host, {
      ...{ runDir: dirname(REPORT), env },
      ...(backendImage === undefined ? {} : { backendImage }),
    })
    if (lacking.length === 0) await sweep(host)
    return lacking
  },
  play: async (...day) => (await import('../fixtures/play-cohort.ts')).playCohort(...day),
  async store(report) {
    await mkdir(dirname(REPORT), { recursive: true })
    const source = await sourceState(dirname(REPORT))
    await writeFileAtomically(REPORT, `${JSON.stringify({ ...(report as Saturation), source }, null, 2)}\n`)
  },
}

/** `   480 candidates (1.20 ×)   acknowledged 157.2/s   p95 23 ms   p99 41 ms   holds` */
function describeDay({ candidates, goodputPerSecond, p95Ms, p99Ms, slo, data }: CohortDay, registered: number): string {
  const figure = (value: number | null, digits: number, unit: string): string =>
    value === null ? 'not measured' : `${value.toFixed(digits)}${unit}`
  const bad = [data, slo].find(({ valid }) => valid !== true)
  return [
    `${String(candidates).padStart(6)} candidates (${(candidates / registered).toFixed(2)} ×)`,
    `acknowledged ${figure(goodputPerSecond, 1, '/s')}`,
    `p95 ${figure(p95Ms, 0, ' ms')}`,
    `p99 ${figure(p99Ms, 0, ' ms')}`,
    bad === undefined ? 'in order' : `${bad.valid === false ? 'broken' : 'unknown'}: ${bad.reason}`,
  ].join('   ')
}
