import { realpath } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exitCodeOf } from '../helpers/compose-verdict.ts'
import { type RunExternal, runExternal } from '../helpers/config/external.ts'
import type { OwnBackend } from '../helpers/config/own-backend.ts'
import type { OwnInvariants } from '../helpers/config/own-invariants.ts'
import type { BackendBuild } from '../helpers/config/resolve-backend.ts'
import { RehearsalError } from '../helpers/errors.ts'
import { chooseFaults, type FaultChoice } from '../helpers/faults/choose-faults.ts'
import { faultsAtRandom } from '../helpers/faults/faults-at-random.ts'
import { faultsOfSuites, refusedOnHost } from '../helpers/faults/refused-on-host.ts'
import { describeSchedule } from '../helpers/faults/schedule.ts'
import { refusedOnPlatform } from '../helpers/faults/unplayable-on.ts'
import { planExamDay } from '../helpers/load/plan.ts'
import type { Profile } from '../helpers/load/profile.ts'
import { CAPABILITIES } from '../helpers/platform/capabilities.ts'
import { loadPlatform } from '../helpers/platform/load-platform.ts'
import type { RunPlatform } from '../helpers/platform/run-platform.ts'
import type { Run } from '../helpers/run.ts'
import { formatDuration, formatMebibytes } from '../reports/figures.ts'
import { visibleLines } from '../reports/hostile-text.ts'
import { readVerdict } from '../reports/read-verdict.ts'
import { renderConsole } from '../reports/render-console.ts'
import { drawSeed, parseArguments, type Request, USAGE } from './arguments.ts'
import { atOnceOf } from './at-once.ts'
import { backendProblems } from './backend-problems.ts'
import { takeConfigFlag } from './config-flag.ts'
import { describeBackend } from './describe-backend.ts'
import { describeOutside } from './describe-outside.ts'
import { createInterruption, type Interruption } from './interruption.ts'
import type { Output } from './live-line.ts'
import {
  configuredBackend,
  configuredInvariants,
  configuredPlatform,
  configuredProfile,
  loadConfig,
} from './load-config.ts'
import { machineEnv } from './machine-env.ts'
import { outsideProblems, outsideSuites } from './outside-problems.ts'
import { ownSignals } from './own-signals.ts'
import { pruneRuns, type RunLimits } from './prune-runs.ts'
import { runFolderOf } from './run-argument.ts'
import { type RunPlan, runRehearsal } from './run-rehearsal.ts'
import { shellWord } from './shell-word.ts'
import { sourceState } from './source-state.ts'
import { findSuites, type SuiteFile, selectSuites } from './suite-files.ts'
import { realSurroundings, type Surroundings } from './surroundings.ts'
import { tellGithub } from './tell-github.ts'
import { unknownVariables } from './unknown-variables.ts'
import { unwritableFolders } from './unwritable-folders.ts'
import { usualPhases } from './usual-phases.ts'
import { worstExitCode } from './worst-exit-code.ts'

const PROJECT_DIR = dirname(dirname(fileURLToPath(import.meta.url)))
/** A third signal leaves at once; the guardian, which does not hear signals, removes the stage. */
const SIGNALS_UNTIL_EXIT = 3
const INTERRUPTED_EXIT_CODE = 2
const NOTHING_REHEARSED = 3
/** Commands about runs that are over, each with arguments of its own. */
const OF_RUNS: readonly string[] = ['gate', 'replay', 'shrink', 'verify']
/** The phase whose faults are drawn anew for each seed. */
const AT_RANDOM = '4-integrity'

export type ExitCode = 0 | 1 | 2 | 3

export interface RehearseOptions {
  /** Folder of the suites; the project's own by default. */
  readonly suitesDir?: string
  /** Folder of all runs; `reports/runs` of the project by default. */
  readonly runsDir?: string
  readonly configFile?: string
  readonly surroundings?: () => Promise<Surroundings>
  readonly output?: Output
}

/**
 * The whole entry: reads flags and environment, validates everything at once, rehearses, and says how it ended.
 *
 * @returns 0 GO, 1 NO-GO, 2 INCONCLUSIVE, 3 nothing was rehearsed
 */
export async function rehearse(
  given: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  options: RehearseOptions = {},
): Promise<ExitCode> {
  const output = options.output ?? standardOutput()
  const say = (text: string) => output.write(`${visibleLines(text)}\n`)

  const runsDir = resolve(options.runsDir ?? join(PROJECT_DIR, 'reports', 'runs'))
  const { file: configGiven, rest: argv, problems: configProblems } = takeConfigFlag(given, env)
  const configFile = configGiven ?? resolve(options.configFile ?? join(PROJECT_DIR, 'rehearsal.config.ts'))
  if (OF_RUNS.includes(argv[0] ?? '') && !argv.includes('--help') && !argv.includes('-h')) {
    const wrong = [...configProblems, ...(argv[0] === 'gate' ? await unknownBeside(configFile, env) : [])]
    for (const { message } of wrong) say(message)
    if (wrong.length > 0) return NOTHING_REHEARSED
  }
  if (argv[0] === 'gate') return (await import('./gate-command.ts')).gate(argv.slice(1), runsDir, output, configFile)
  if (argv[0] === 'replay') return (await import('./replay-command.ts')).replay(argv.slice(1), runsDir, output)
  if (argv[0] === 'shrink') {
    // Only the flag is more than what the run was rehearsed with.
    const asked = takeConfigFlag(given, {}).file
    return (await import('./shrink-command.ts')).shrink(argv.slice(1), runsDir, output, asked)
  }
  if (argv[0] === 'verify') return (await import('./verify-command.ts')).verify(argv.slice(1), runsDir, output)
  const configured = await loadConfig(configFile)
  // What is wrong is told below, and everything else that is wrong beside it.
  const config = 'config' in configured ? configured.config : configured.usable
  const { command, request, problems: flagProblems } = parseArguments(argv, env, config)
  if (command === 'help') {
    output.write(USAGE)
    return 0
  }
  const surroundings = await (options.surroundings ?? realSurroundings)()

  const suitesDir = resolve(options.suitesDir ?? join(PROJECT_DIR, 'suites'))
  // The configuration names phases of the project's own suites; another folder has others.
  const phases = options.suitesDir === undefined ? usualPhases(request.profile, config) : []
  const chosen = await hostOf(request, surroundings)
  const isOutside = chosen.host === 'external'
  const asked = request.only.length > 0 ? request.only : phases
  const selected = selectSuites(
    await findSuites(suitesDir),
    asked.length === 0 && isOutside ? outsideSuites(config.external) : asked,
  )
  const { profile, problems: profileProblems } = configuredProfile(request.profile, config, configFile)
  const { platform, problems: platformProblems } = await configuredPlatform(config, configFile)
  const own = await configuredInvariants(config, configFile)
  const external =
    isOutside && config.external !== undefined
      ? runExternal(config.external, (path) => resolve(dirname(configFile), path))
      : undefined
  const resolved: Awaited<ReturnType<typeof configuredBackend>> = isOutside
    ? { problems: [] }
    : await configuredBackend(config, configFile, env)
  const { backend, build } = resolved
  const { suites, faults, problems: faultProblems } = suitesWithFaults(request, profile, selected.suites)
  const baseline = await baselineOf(request, runsDir)
  const playing = faultProblems.length > 0 ? [] : suites.map(({ id }) => id)
  const amiss = [
    ...('problems' in configured ? configured.problems : []),
    ...configProblems,
    ...flagProblems,
    ...unknownVariables(env, config),
    ...profileProblems,
    ...platformProblems,
    ...own.problems,
    ...resolved.problems,
    ...selected.problems,
    ...faultProblems,
    ...baseline.problems,
    ...(await unwritableFolders(runsDir)),
    ...(isOutside && ('config' in configured || config.external !== undefined) && platformProblems.length === 0
      ? await outsideProblems({
          ...{ external: config.external, run: external, platform: await loadPlatform(platform?.file) },
          ...{ profile, seed: request.seed, suites: playing, env },
        })
      : []),
    ...refusedOnPlatform(request.faults ?? [], platform?.unplayable ?? []),
    ...(isOutside && request.faults !== undefined ? [noCatalogueOutside(request.faults)] : []),
    ...(isOutside && (request.atOnce ?? 1) > 1 ? [oneByOneOutside(request.atOnce)] : []),
    ...backendProblems(backend ?? resolved.unresolved, chosen.host, env),
    ...(isOutside
      ? []
      : refusedOnHost(
          faultsOfSuites(playing, profile, request.seed, faults?.names, platform?.unplayable),
          chosen.host,
        )),
  ]
  const needs = {
    ...{ runDir: runsDir, env: machineEnv(env, config) },
    // What is built before the run need not be there yet.
    ...(backend === undefined || build !== undefined ? {} : { backendImage: backend.image }),
  }
  // With anything else amiss the machine is not ready: that is told as a run would tell it.
  if (command === 'doctor' && amiss.length === 0) {
    say(`host    ${chosen.host}: ${chosen.hostReason}`)
    return surroundings.doctor(chosen.host, needs)
  }
  const problems = [...amiss, ...(await surroundings.checkMachine(chosen.host, needs))]
  if (problems.length > 0) {
    say(`host    ${chosen.host}: ${chosen.hostReason}`)
    // Two needs may trip over the same variable.
    const told = [...new Set(problems.map(({ message }) => message))]
    for (const message of told) say(message)
    say(`\nNothing was rehearsed: ${told.length} ${told.length === 1 ? 'problem' : 'problems'}.`)
    return NOTHING_REHEARSED
  }

  const interruption = createInterruption()
  using _ = ownSignals({
    onSignal(signal, count) {
      if (count >= SIGNALS_UNTIL_EXIT) process.exit(INTERRUPTED_EXIT_CODE)
      interruption.interrupt(signal)
    },
    onStrayError: (error) => interruption.interrupt(`an error that nobody caught: ${describeError(error)}`),
  })
  // Awaited here: the signals are ours until the last run is over.
  const around = {
    ...{ ...chosen, runsDir, surroundings, interruption, output, env, limits: config.reports ?? {} },
    ...{ backend, build, backendNotes: resolved.notes ?? [] },
    ...{ platform, external, ownInvariants: own.ownInvariants, configGiven, configFile },
  }
  return await rehearseAll(request, profile, suites, faults, { ...around, baseline: baseline.dir })
}

/** Variables that look like ours, are none, and are not named by the configuration either. */
async function unknownBeside(
  configFile: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly RehearsalError[]> {
  const configured = await loadConfig(configFile)
  return unknownVariables(env, 'config' in configured ? configured.config : configured.usable)
}

interface ChosenHost {
  readonly host: Run['host']
  readonly hostReason: string
}

interface Around extends ChosenHost {
  /** Folder of the run to compare with; undefined: the last GO. */
  readonly baseline: string | undefined
  readonly limits: RunLimits
  readonly backend: OwnBackend | undefined
  /** How its image is made before the run; undefined: it is there. */
  readonly build: BackendBuild | undefined
  readonly backendNotes: readonly string[]
  readonly platform: RunPlatform | undefined
  readonly external: RunExternal | undefined
  readonly ownInvariants: OwnInvariants | undefined
  /** The configuration file, absolute, where it is another than the project's own. */
  readonly configGiven: string | undefined
  /** The configuration file, absolute. */
  readonly configFile: string
  readonly runsDir: string
  readonly surroundings: Surroundings
  readonly interruption: Interruption
  readonly output: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Every repetition; the worst verdict counts. Never throws: what ended it before the first run is 3, a bug is 2. */
async function rehearseAll(
  request: Request,
  profile: Profile,
  suites: readonly SuiteFile[],
  faults: FaultChoice | undefined,
  { host, hostReason, runsDir, surroundings, interruption, output, env, baseline, limits, ...around }: Around,
): Promise<ExitCode> {
  const say = (text: string) => output.write(`${visibleLines(text)}\n`)
  const { backend, build, backendNotes, platform, external, ownInvariants, configGiven, configFile } = around
  const codes: (0 | 1 | 2)[] = []
  try {
    const source = await sourceState(PROJECT_DIR)
    say(`host    ${host}: ${hostReason}`)
    if (external === undefined) say(`backend ${describeBackend(backend, configFile, PROJECT_DIR)}`)
    for (const note of backendNotes) say(`takes   ${note}`)
    if (external !== undefined) say(`outside ${external.url}`)
    if (platform !== undefined) say(`speaks  ${platform.name} (${platform.file})`)
    for (const name of platform?.lacks ?? []) say(`risk    the platform has no ${CAPABILITIES[name]}`)
    say(`plan    ${suites.map(({ id }) => id).join(', ')} with profile ${profile.name}`)
    const atOnce = Math.min(suites.length, atOnceOf(profile.name, request.atOnce, availableParallelism(), host))
    if (atOnce > 1) say(`note    ${atOnce} phases play side by side`)
    if (faults !== undefined) say(`faults  ${faults.names.join(', ')}`)
    // Its days are made by what loads a container library: only now that nothing is wrong.
    const { estimateMs } = await import('./estimate.ts')
    const rehearsal = {
      ...{ profile, suites: suites.map(({ id }) => id), atOnce, seed: request.seed },
      ...{ faults: faults?.names, unplayable: platform?.unplayable },
    }
    say(`takes   about ${formatDuration(estimateMs(rehearsal) * request.repeat)}`)
    say(`source  ${describeSource(source)}`)
    if (request.dryRun) {
      for (const line of await describeDay(request, profile, suites, external, platform)) say(line)
      say('\nNothing was sent and nothing was rehearsed: --dry-run.')
      return NOTHING_REHEARSED
    }
    if (build !== undefined && backend !== undefined && host === 'containers') {
      say(`builds  ${join(build.context, build.dockerfile)}`)
      await surroundings.buildBackend(build, backend.image)
    }
    const swept = await surroundings.sweep(host)
    if (swept.deadRuns.length > 0) say(`swept   what was left of ${swept.deadRuns.join(', ')}`)
    if (swept.livingRuns.length > 0) say(`note    another rehearsal is running here: ${swept.livingRuns.join(', ')}`)

    for (let round = 1; round <= request.repeat && interruption.count === 0; round++) {
      const seed = round === 1 || request.seedGiven ? request.seed : drawSeed()
      const command = commandOf(request, host, profile, seed, configGiven)
      if (request.repeat > 1) say(`\nround   ${round} of ${request.repeat}`)
      say(`seed    ${seed}`)
      say(`again   ${command}`)
      for (const line of planInWords(profile, seed)) say(`day     ${line}`)
      if (suites.some(({ id }) => id === AT_RANDOM)) {
        for (const line of describeSchedule(faultsAtRandom(profile, seed, faults?.names, platform?.unplayable)))
          say(`${AT_RANDOM}: ${line}`)
      }
      const { keep, bail } = request
      const plan: RunPlan = {
        ...{ profile, seed, host, hostReason, keep, bail, atOnce },
        ...{ suites, projectDir: PROJECT_DIR, runsDir, command, source, baseline },
        ...(faults === undefined ? {} : { faults }),
        ...(backend === undefined ? {} : { backend }),
        ...(platform === undefined ? {} : { platform }),
        ...(ownInvariants === undefined ? {} : { ownInvariants }),
        ...(external === undefined ? {} : { external }),
      }
      const { verdict, runDir } = await runRehearsal(plan, surroundings, interruption, output)
      codes.push(exitCodeOf(verdict.verdict))
      output.write(`\n${renderConsole(verdict, runDir)}`)
      await tellGithub(verdict, env, output)
      const pruned = await pruneRuns(runsDir, limits, [verdict.runId, ...swept.livingRuns])
      if (pruned.removed.length > 0) {
        say(`pruned  ${formatMebibytes(pruned.bytes)} of old runs: ${pruned.removed.join(', ')}`)
      }
      if (pruned.problem !== undefined) say(`note    old runs could not all be removed: ${pruned.problem}`)
    }
  } catch (error) {
    say(describeError(error))
    if (codes.length === 0 && error instanceof RehearsalError) return NOTHING_REHEARSED
    codes.push(2)
  }
  return worstExitCode(codes, request.repeat)
}

/** The selected suites, less those that have nothing to play of the faults that were asked for. */
function suitesWithFaults(
  { faults: asked }: Request,
  profile: Profile,
  selected: readonly SuiteFile[],
): { readonly suites: readonly SuiteFile[]; readonly faults?: FaultChoice; readonly problems: RehearsalError[] } {
  if (asked === undefined) return { suites: selected, problems: [] }
  const chosen = chooseFaults(
    asked,
    profile,
    selected.map(({ id }) => id),
  )
  if ('problems' in chosen) return { suites: selected, problems: chosen.problems }
  return { suites: selected.filter(({ id }) => chosen.suites.includes(id)), faults: chosen.choice, problems: [] }
}

/** The folder of the run that --baseline names. */
async function baselineOf(
  { baseline }: Request,
  runsDir: string,
): Promise<{ readonly dir?: string; readonly problems: readonly RehearsalError[] }> {
  if (baseline === undefined) return { problems: [] }
  try {
    // A link as `latest` moves as soon as the run begins.
    const dir = await realpath(await runFolderOf(baseline, runsDir))
    const read = await readVerdict(dir)
    if ('verdict' in read) return { dir, problems: [] }
    const next = `See ${runsDir} for the runs that are kept.`
    const problem = { expected: `a run with a verdict in ${dir}, for --baseline`, seen: read.unreadable, next }
    return { problems: [new RehearsalError('RUN_UNKNOWN', problem)] }
  } catch (error) {
    if (error instanceof RehearsalError) return { problems: [error] }
    throw error
  }
}

/** Where to rehearse, and why: what was asked for, else in containers, else, where no engine answers, without. */
async function hostOf(request: Request, surroundings: Surroundings): Promise<ChosenHost> {
  if (request.host !== 'auto') return { host: request.host, hostReason: `asked for by ${request.hostSource}` }
  const silence = await surroundings.engineSilence()
  return silence === undefined
    ? { host: 'containers', hostReason: 'a container engine answers (auto)' }
    : { host: 'processes', hostReason: `no container engine answers (auto): ${silence.replaceAll(/\s+/g, ' ')}` }
}

function noCatalogueOutside(faults: readonly string[]): RehearsalError {
  return new RehearsalError('CONFIG_INVALID', {
    expected: 'with --host external no --faults: only what external.faults has commands for can be broken there',
    seen: faults.join(', '),
    next: 'Leave --faults out.',
  })
}

function oneByOneOutside(atOnce: number | undefined): RehearsalError {
  return new RehearsalError('CONFIG_INVALID', {
    expected: 'with --host external no --at-once (REHEARSAL_AT_ONCE) above 1: all phases meet the same platform',
    seen: String(atOnce),
    next: 'Leave --at-once out: they are played one after the other.',
  })
}

/** The day for --dry-run, a line each. */
async function describeDay(
  { seed }: Request,
  profile: Profile,
  suites: readonly SuiteFile[],
  external: RunExternal | undefined,
  platform: RunPlatform | undefined,
): Promise<readonly string[]> {
  if (external !== undefined) {
    const { outsideDay } = await import('../fixtures/rehearse-outside.ts')
    const spoken = await loadPlatform(platform?.file)
    const days = suites.map(async ({ id }) =>
      describeOutside(external, id, await outsideDay({ profile, seed }, external, spoken, id)),
    )
    return (await Promise.all(days)).flat()
  }
  const candidates = Array.from({ length: profile.candidates }, (_, index) => ({ id: String(index) }))
  return planExamDay(profile, seed, { candidates }).words.map((line) => `would   ${line}`)
}

/** The command that repeats exactly this run. */
function commandOf(
  request: Request,
  host: Run['host'],
  profile: Profile,
  seed: number,
  configFile: string | undefined,
): string {
  return [
    'node bin/rehearse.ts run',
    ...(configFile === undefined ? [] : [`--config ${shellWord(relative(PROJECT_DIR, configFile))}`]),
    `--profile ${profile.name}`,
    `--seed ${seed}`,
    `--host ${host}`,
    ...request.only.map((name) => `--only ${name}`),
    ...(request.faults === undefined ? [] : [`--faults ${request.faults.join(',')}`]),
    ...(request.keep ? ['--keep'] : []),
    ...(request.bail ? ['--bail'] : []),
    ...(request.atOnce === undefined ? [] : ['--at-once', String(request.atOnce)]),
  ].join(' ')
}

/** The day that will be offered, one line a step; a phase that breaks something makes its own day longer. */
function planInWords(profile: Profile, seed: number): readonly string[] {
  const candidates = Array.from({ length: profile.candidates }, (_, index) => ({ id: String(index) }))
  return planExamDay(profile, seed, { candidates }).words
}

function describeSource({ sha, dirty }: RunPlan['source']): string {
  if (sha === null) return 'not known (no git checkout)'
  if (dirty === null) return `${sha} (whether files differ from it is not known)`
  return dirty ? `${sha} (plus uncommitted changes)` : sha
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Standard output that may be closed at any time (a pipe to `head`, a terminal that went away) without harm. */
function standardOutput(): Output {
  const { stdout } = process
  let open = true
  stdout.on('error', () => {
    open = false
  })
  return {
    get isTTY() {
      return stdout.isTTY === true
    },
    get columns() {
      return stdout.columns ?? 80
    },
    write(text) {
      if (open) stdout.write(text)
    },
  }
}
