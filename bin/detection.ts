import { mkdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { detect, rehearseHealthy } from '../fixtures/detect.ts'
import {
  type DetectionOutcome,
  type DetectionReport,
  detectionReport,
  renderDetectionMatrix,
} from '../fixtures/detection-report.ts'
import { type SourceKeys, sourceKeys } from '../fixtures/detection-source.ts'
import { DETECTIONS, type Detection } from '../fixtures/detections.ts'
import { startGuardian } from '../fixtures/guardian.ts'
import { type SharedStage, startSharedStage } from '../fixtures/stack.ts'
import { writeFileAtomically } from '../helpers/atomic-file.ts'
import { RehearsalError } from '../helpers/errors.ts'

/*
 * Rehearses every known-bad backend and holds the verdict against the check that is named for it:
 * `pnpm test:detection [--only <ids>] [--resume] [--healthy <n>] [--seed <n>] [--host containers|processes]`. Writes
 * reports/detection.json after each, and docs/detection-matrix.md at the end; without containers only
 * reports/detection-processes.json. Exit code 1 when one is missed or a healthy backend gave an alarm, 3
 * when nothing was rehearsed.
 */

const MATRIX = new URL('../docs/detection-matrix.md', import.meta.url)
const FIRST_SEED = 20_260
/** A mistake that is rare by nature may need more than one day to happen at all. */
const SEEDS_AT_MOST = 3
const RARE: ReadonlySet<string> = new Set(['answer-rarely-lost', 'score-rarely-wrong'])

const HOSTS = ['containers', 'processes'] as const
const NOTHING_REHEARSED = 3

const USAGE = `usage: node bin/detection.ts [options]

  --only <ids>    these known-bad backends only; may be given again
  --resume        leave out those that were caught with the source as it is now
  --healthy <n>   so many days of the healthy reference between them; 0 if absent
  --seed <n>      of the first day; ${FIRST_SEED} if absent
  --host <kind>   ${HOSTS.join(' | ')}; ${HOSTS[0]} if absent

  Exit 0 all caught and no alarm, 1 one was missed or a healthy backend gave an alarm, 3 nothing was rehearsed.
`

const { wanted, resume, seed, host, healthyRuns } = readArguments(process.argv.slice(2))
/** The matrix is of containers; what was seen without them is kept apart from it. */
const REPORT = new URL(`../reports/detection${host === 'containers' ? '' : `-${host}`}.json`, import.meta.url)
const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort(new Error(signal)))

const keys = await sourceKeys()
let report = withoutTheForgotten(await readReport())
const due = (wanted.length > 0 ? wanted : DETECTIONS).filter((detection) => !(resume && isDone(detection)))
say(`${due.length} known-bad backends, ${healthyRuns} healthy ones between them; seed ${seed}`)

{
  const runId = `detection-${process.pid}-${Date.now()}`
  await using _guardian = await startGuardian(runId, host)
  await using stages = stagesOf(runId)
  const healthyBefore = new Set(
    Array.from({ length: healthyRuns }, (_, index) => Math.floor((index * Math.max(1, due.length)) / healthyRuns)),
  )
  let healthyDone = 0
  for (const [position, detection] of due.entries()) {
    if (stopped.signal.aborted) break
    if (healthyBefore.has(position)) await oneHealthy(stages)
    await one(detection, stages)
  }
  while (healthyDone < healthyRuns && !stopped.signal.aborted) await oneHealthy(stages)

  async function oneHealthy(on: Stages): Promise<void> {
    const own = seed + 1_000 + report.healthy.runs
    healthyDone += 1
    const day = await rehearseHealthy({ seed: own, signal: stopped.signal, host, startStack: on.startStack })
    if (stopped.signal.aborted) return
    const { runs, falseAlarms, undecided } = report.healthy
    const alarms = day.alarms.map(({ id, reason }) => `${id}: ${reason}`)
    const unknown = day.undecided.map(({ id, reason }) => `${id}: ${reason}`)
    const isAlarm = alarms.length > 0
    const isUndecided = !isAlarm && unknown.length > 0
    report = {
      ...report,
      healthy: {
        runs: runs + 1,
        falseAlarms: isAlarm ? [...falseAlarms, { seed: own, checks: alarms }] : falseAlarms,
        ...(undecided === undefined
          ? {}
          : { undecided: isUndecided ? [...undecided, { seed: own, checks: unknown }] : undecided }),
        source: keys.healthy,
      },
    }
    await writeReport()
    const told = isAlarm
      ? `FALSE ALARM ${alarms.join('; ')}`
      : isUndecided
        ? `UNDECIDED ${unknown.join('; ')}`
        : 'no alarm'
    say(`healthy, seed ${own}: ${told}`)
  }
}

const isCurrent = ({ id, source }: DetectionOutcome): boolean => source === keys.of(id)
const all = DETECTIONS.map(({ defect }) => defect.id)
if (host === 'containers') {
  await writeFileAtomically(fileURLToPath(MATRIX), renderDetectionMatrix(report, isCurrent, all))
}
const missed = report.defects.filter(({ caught }) => !caught)
say(
  `${report.defects.length - missed.length} caught, ${missed.length} missed${missed.map(({ id }) => ` ${id}`).join()}`,
)
process.exitCode = missed.length > 0 || report.healthy.falseAlarms.length > 0 || stopped.signal.aborted ? 1 : 0

async function one(detection: Detection, on: Stages): Promise<void> {
  const { defect, phase } = detection
  const startedMs = performance.now()
  const seeds = RARE.has(defect.id) ? SEEDS_AT_MOST : 1
  for (let tried = 1; tried <= seeds && !stopped.signal.aborted; tried += 1) {
    const own = seed + tried - 1
    const found = await detect(detection, { seed: own, signal: stopped.signal, host, startStack: on.startStack })
    if (stopped.signal.aborted) return
    say(
      `${found.caught ? 'caught' : 'MISSED'} ${defect.id}, seed ${own}: ${firstLine(found.said)} [${found.caughtBy.join(' ')}]`,
    )
    if (!found.caught && tried < seeds) continue
    const outcome: DetectionOutcome = {
      id: defect.id,
      title: defect.title,
      expected: defect.caughtBy,
      caughtBy: [...found.caughtBy],
      caught: found.caught,
      phase,
      seed: own,
      seedsTried: tried,
      operationsUntilCaught: found.operationsUntilCaught,
      durationMs: Math.round(performance.now() - startedMs),
      source: keys.of(defect.id),
    }
    report = { ...report, defects: inOrder([...report.defects.filter(({ id }) => id !== defect.id), outcome]) }
    await writeReport()
    // What a missed defect left behind says nothing about the next one; a stage that a stack could not use is replaced.
    if (found.caught) return
    await on.replace()
    return
  }
}

interface Stages extends AsyncDisposable {
  readonly startStack: SharedStage['stack']
  replace(): Promise<void>
}

/** One shared stage at a time, started when it is first needed. */
function stagesOf(runId: string): Stages {
  let stage: SharedStage | undefined
  const replace = async (): Promise<void> => {
    const old = stage
    stage = undefined
    await old?.[Symbol.asyncDispose]()
  }
  return {
    async startStack(options) {
      stage ??= await startSharedStage({ runId, name: 'detection', host, signal: stopped.signal })
      return stage.stack(options)
    },
    replace,
    [Symbol.asyncDispose]: replace,
  }
}

function isDone({ defect }: Detection): boolean {
  const known = report.defects.find(({ id }) => id === defect.id)
  return known?.caught === true && known.source === keys.of(defect.id)
}

/** Results of defects that are gone are no results; healthy runs of another source say nothing about this one. */
function withoutTheForgotten(old: DetectionReport): DetectionReport {
  const ids = new Set(DETECTIONS.map(({ defect }) => defect.id))
  const isOf = (source: string, now: SourceKeys): boolean => source === now.healthy
  return {
    ...old,
    defects: old.defects.filter(({ id }) => ids.has(id)),
    // Nor do those of which nobody counted the undecided.
    healthy:
      isOf(old.healthy.source, keys) && old.healthy.undecided !== undefined
        ? old.healthy
        : { runs: 0, falseAlarms: [], undecided: [], source: keys.healthy },
  }
}

function inOrder(defects: readonly DetectionOutcome[]): DetectionOutcome[] {
  const place = new Map(DETECTIONS.map(({ defect }, index) => [defect.id, index]))
  return defects.toSorted((one, other) => (place.get(one.id) ?? 0) - (place.get(other.id) ?? 0))
}

async function readReport(): Promise<DetectionReport> {
  try {
    return detectionReport.parse(JSON.parse(await readFile(REPORT, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { schema: 1, defects: [], healthy: { runs: 0, falseAlarms: [], undecided: [], source: keys.healthy } }
  }
}

async function writeReport(): Promise<void> {
  await mkdir(new URL('.', REPORT), { recursive: true })
  await writeFileAtomically(fileURLToPath(REPORT), `${JSON.stringify(report, null, 2)}\n`)
}

/** What was asked for. Ends the program after `--help` (0), and after every mistake was named (3). */
function readArguments(args: readonly string[]) {
  const options = {
    only: { type: 'string', multiple: true },
    resume: { type: 'boolean' },
    healthy: { type: 'string' },
    seed: { type: 'string' },
    host: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const given = args.filter((argument) => argument !== '--')
  const { tokens } = parseArgs({ args: given, options, strict: false, allowPositionals: true, tokens: true })
  const problems: RehearsalError[] = []
  const invalid = (expected: string, seen: string) => {
    problems.push(new RehearsalError('CONFIG_INVALID', { expected, seen, next: 'Correct it, or see --help.' }))
  }
  const values = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') invalid('nothing but flags', JSON.stringify(token.value))
    if (token.kind !== 'option') continue
    const known = Object.hasOwn(options, token.name) ? options[token.name as keyof typeof options] : undefined
    if (known === undefined) invalid(`one of --${Object.keys(options).join(', --')}`, token.rawName)
    else if (known.type === 'boolean' && token.value !== undefined)
      invalid(`${token.rawName} without a value`, token.value)
    else if (known.type === 'string' && token.value === undefined) invalid(`a value after ${token.rawName}`, 'none')
    else values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? ''])
  }
  if (values.has('help')) {
    process.stdout.write(USAGE)
    process.exit(0)
  }
  const whole = (name: 'seed' | 'healthy', otherwise: number): number => {
    const text = values.get(name)?.at(-1)
    if (text === undefined) return otherwise
    if (/^\d{1,9}$/.test(text)) return Number(text)
    invalid(`--${name} is a whole number from 0 to 999999999`, JSON.stringify(text))
    return otherwise
  }
  const ids = (values.get('only') ?? []).flatMap((list) => list.split(','))
  const chosen = DETECTIONS.filter(({ defect }) => ids.includes(defect.id))
  for (const id of ids) {
    if (DETECTIONS.some(({ defect }) => defect.id === id)) continue
    invalid('--only names known-bad backends of docs/detection-matrix.md', JSON.stringify(id))
  }
  const named = values.get('host')?.at(-1) ?? HOSTS[0]
  const on = HOSTS.find((one) => one === named)
  if (on === undefined) invalid(`--host is one of ${HOSTS.join(', ')}`, JSON.stringify(named))
  const asked = {
    wanted: chosen,
    resume: values.has('resume'),
    seed: whole('seed', FIRST_SEED),
    healthyRuns: whole('healthy', 0),
    host: on ?? HOSTS[0],
  }
  if (problems.length === 0) return asked
  for (const { message } of problems) process.stderr.write(`${message}\n`)
  process.exit(NOTHING_REHEARSED)
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`)
}
