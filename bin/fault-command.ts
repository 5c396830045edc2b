import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { deadline } from '../helpers/deadline.ts'
import { RehearsalError } from '../helpers/errors.ts'
import { asAdmin } from '../helpers/faults/admin-connection.ts'
import { FAULTS } from '../helpers/faults/catalogue.ts'
import { chooseFaults } from '../helpers/faults/choose-faults.ts'
import { databaseTarget } from '../helpers/faults/database-target.ts'
import type { Bite, FaultKind, FaultTarget } from '../helpers/faults/fault.ts'
import { refusedOnPlatform, unplayableOn } from '../helpers/faults/unplayable-on.ts'
import { PROFILES } from '../helpers/load/profiles.ts'
import { databaseOf } from '../helpers/outside/database-of.ts'
import { looksLikeProduction } from '../helpers/outside/looks-like-production.ts'
import type { ExamPlatform } from '../helpers/platform/exam-platform.ts'
import { loadPlatform } from '../helpers/platform/load-platform.ts'
import { RUN_FILE, readRun } from '../helpers/run-record.ts'
import { ownSignals } from './own-signals.ts'
import { readToolFlags, urlFlag } from './tool-flags.ts'
import { answerLine, type Say, sayToStandardOutput } from './tool-output.ts'

const RUNS = fileURLToPath(new URL('../reports/runs/', import.meta.url))
const INJECT_MS = 20_000
const HEAL_MS = 60_000
const FELT_WITHIN_MS = 3_000
const LOOK_EVERY_MS = 100
const DEFAULT_HOLD = '30s'

/**
 * One fault on the stage of a run that is up, for so long, and healed: also on Ctrl-C. What an earlier fault of this
 * name left is healed first.
 *
 * Or on a database of somebody else's, where the fault is one that SQL alone makes. That one has a variable of its own,
 * which no tool that only looks reads, and its name must be said once more: whoever only meant to look must not break it.
 * One that looks like production is refused unless its host is named, too.
 * There nothing is healed first; what is put back at the end is what this fault has changed.
 *
 * @param attach reaches the stage of a run to play a fault on it
 * @returns 0 it was felt and healed; 1 it is not healed; 2 it was not felt; 3 bad input or no such stage
 */
export async function faultCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  say: Say = sayToStandardOutput,
  attach = attachToRun,
): Promise<0 | 1 | 2 | 3> {
  const { values, positionals, problems } = readToolFlags(argv, env, {
    run: { expected: 'the id of a run whose stage is up', isValid: (value) => /^[\w-]+$/.test(value) },
    'database-url': urlFlag('REHEARSAL_FAULT_DATABASE_URL', ['postgres', 'postgresql']),
    break: { expected: 'the name of the database in --database-url, said once more', isValid: (value) => value !== '' },
    'not-production': {
      expected: 'the host in --database-url, said once more: it looks like production, and is none',
      isValid: (value) => value !== '',
    },
    for: { expected: 'seconds, 1s to 3600s', isValid: (value) => holdMs(value) !== undefined },
  })
  const [name = '', ...more] = positionals
  const chosen = chooseFaults(name === 'all' ? [] : [name], PROFILES.dev, ['4-integrity'])
  if ('problems' in chosen) problems.push(...chosen.problems)
  if (more.length > 0)
    problems.push(
      new RehearsalError('CONFIG_INVALID', {
        expected: 'one fault',
        seen: more.join(', '),
        next: 'Name one at a time.',
      }),
    )
  const kind = FAULTS.find((one) => one.name === name)
  const { run, 'database-url': databaseUrl } = values
  problems.push(...problemsOfPlace(kind, values))
  if (problems.length > 0 || kind === undefined) {
    for (const problem of problems) say(problem.message)
    return 3
  }
  let target: FaultTarget
  try {
    target = databaseUrl === undefined ? await attach(run as string, kind) : await answeringDatabase(databaseUrl)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return 3
  }
  const over = new AbortController()
  using _signals = ownSignals({
    onSignal: () => over.abort(),
    onStrayError: () => over.abort(),
  })
  const fault = kind.on(target)
  let bite: Bite = { felt: false, proof: 'nobody looked' }
  try {
    using limit = deadline(INJECT_MS, over.signal)
    if (databaseUrl === undefined) await kind.on(target).heal(limit)
    say(`${kind.name}: ${kind.contract}`)
    await fault.inject(limit)
    const untilMs = performance.now() + FELT_WITHIN_MS
    do {
      bite = await fault.wasFelt(limit)
    } while (!bite.felt && performance.now() < untilMs && (await pause(LOOK_EVERY_MS, over.signal)))
    say(answerLine(bite.felt ? true : 'unknown', 'felt', bite.proof))
    if (bite.felt && kind.momentary === undefined)
      await pause(holdMs(values.for ?? DEFAULT_HOLD) as number, over.signal)
  } catch (error) {
    say(answerLine('unknown', 'injected', error instanceof Error ? error.message : String(error)))
  }
  try {
    using limit = deadline(HEAL_MS)
    await fault.heal(limit)
    say(answerLine(true, 'healed', 'every look is green again'))
  } catch (error) {
    say(answerLine(false, 'healed', error instanceof Error ? error.message : String(error)))
    return 1
  }
  return bite.felt ? 0 : 2
}

/**
 * The stage of a run. Loaded late, because it loads a container library.
 * @throws CONFIG_INVALID for a fault that the platform of the run cannot be broken by, and what `attachToStage` throws
 */
export async function attachToRun(runId: string, { name }: FaultKind, runsDir = RUNS): Promise<FaultTarget> {
  const platform = await platformOf(runId, runsDir)
  const unplayable = unplayableOn(platform).map((fault) => fault.name)
  const [refused] = refusedOnPlatform([name], unplayable)
  if (refused !== undefined) throw refused
  const { attachToStage } = await import('../fixtures/attach-stage.ts')
  return attachToStage(runId, platform)
}

/**
 * The target, once its database has answered: a fault that cannot be made must not be waited for to be healed.
 * @throws SERVICE_LOST when it does not answer
 */
async function answeringDatabase(databaseUrl: string): Promise<FaultTarget> {
  const target = databaseTarget(databaseUrl)
  try {
    await asAdmin(target, (client) => client.query('SELECT 1'))
    return target
  } catch (cause) {
    throw new RehearsalError('SERVICE_LOST', {
      expected: 'a database that answers before it is broken',
      // Of several addresses that all refuse, only the code is told.
      seen:
        cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || cause.name : String(cause),
      next: 'Nothing was broken. Correct --database-url, or bring the database up.',
      service: 'PostgreSQL',
      cause,
    })
  }
}

/** What is wrong with where the fault is to be; empty: it is one place, and the fault can be made there. */
function problemsOfPlace(
  kind: FaultKind | undefined,
  {
    run,
    'database-url': url,
    break: named,
    'not-production': notProduction,
  }: Partial<Record<'run' | 'database-url' | 'break' | 'not-production', string>>,
): readonly RehearsalError[] {
  const problem = (expected: string, seen: string, next = 'Correct the flag or its variable.') =>
    new RehearsalError('CONFIG_INVALID', { expected, seen, next })
  if ((run === undefined) === (url === undefined)) {
    const places = '--run with the id of a run whose stage is up, or --database-url (REHEARSAL_FAULT_DATABASE_URL)'
    return [problem(`one of two: ${places}`, run === undefined ? 'none' : 'both')]
  }
  if (url === undefined) return []
  const bySql = FAULTS.filter((one) => one.bySql).map(({ name }) => name)
  const { host, database } = databaseOf(url)
  const why = looksLikeProduction(host, database)
  return [
    ...(kind === undefined || kind.bySql
      ? []
      : [problem(`a fault that SQL alone makes: ${bySql.join(', ')}`, kind.name)]),
    ...(database !== '' && named === database
      ? []
      : [problem('--break with the name of the database that is to be broken, as it is in its URL', named ?? 'none')]),
    ...(why === undefined || notProduction === host
      ? []
      : [
          problem(
            'a database that is for rehearsals',
            `it looks like production: ${why}`,
            `If candidates do not work there, name its host: --not-production ${host === '' ? '<host>' : host}.`,
          ),
        ]),
  ]
}

/** `60s` in ms; undefined: no such time. */
function holdMs(text: string): number | undefined {
  const seconds = /^(\d{1,4})s$/.exec(text)?.[1]
  return seconds !== undefined && Number(seconds) >= 1 && Number(seconds) <= 3_600 ? Number(seconds) * 1_000 : undefined
}

/** false: it was told to stop. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  // It rejects for one reason only.
  return sleep(ms, true, { signal }).catch(() => false)
}

/**
 * How the backend of a run is spoken to; the reference's way for a stage whose run is not kept here.
 * @throws EVIDENCE_UNREADABLE when what is kept of the run cannot be read, PLATFORM_INVALID
 */
export async function platformOf(runId: string, runsDir: string): Promise<ExamPlatform> {
  const dir = join(runsDir, runId)
  const isKept = await stat(join(dir, RUN_FILE)).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )
  return isKept ? await loadPlatform((await readRun(dir)).run.platform?.file) : await loadPlatform()
}
