import { mkdtemp, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Replay } from '../fixtures/replay-candidate.ts'
import { INTEGRITY_CHECKERS } from '../helpers/checkers/integrity-checkers.ts'
import { takeEpoch } from '../helpers/clock.ts'
import { RehearsalError } from '../helpers/errors.ts'
import type { HistoryEvent, Invocation } from '../helpers/history/operation.ts'
import { readPhasePlan } from '../helpers/phase-folder.ts'
import type { Run } from '../helpers/run.ts'
import { readRun } from '../helpers/run-record.ts'
import { mergeValidity } from '../helpers/verdict.ts'
import { visibleLines } from '../reports/hostile-text.ts'
import type { Output } from './live-line.ts'
import { runFolderOf } from './run-argument.ts'

const NO_SUCH_RUN = 3
const POLL_MS = 100

export const REPLAY_USAGE = `usage: node bin/rehearse.ts replay <run> --candidate <id> [--phase <phase>]

  <run>        folder of a run, its id below reports/runs, or latest
  --candidate  for example c-0042
  --phase      of a run of several phases; the first that has such a candidate if absent
`

/**
 * Play one candidate of a run alone, by the same plan, against a fresh stack on which nothing is broken: each operation
 * is printed as it happens, and at the end what the checks say. Load, timing and everybody else are gone, so this shows
 * whether the candidate's own requests are enough.
 *
 * @returns 0 every data check holds, 1 one is false, 2 none is false and one is unknown, 3 there is no such run or candidate
 */
export async function replay(args: readonly string[], runsDir: string, output: Output): Promise<0 | 1 | 2 | 3> {
  const say = (text: string) => output.write(`${visibleLines(text)}\n`)
  if (args.includes('--help') || args.includes('-h')) {
    output.write(REPLAY_USAGE)
    return 0
  }
  const asked = readArguments(args)
  if ('problem' in asked) {
    say(asked.problem.message)
    output.write(REPLAY_USAGE)
    return NO_SUCH_RUN
  }
  let what: Replay
  let run: Run
  try {
    const runDir = await runFolderOf(asked.run, runsDir)
    const found = await findCandidate(runDir, asked)
    what = found.replay
    run = {
      ...found.run,
      id: `replay-${process.pid}-${Date.now()}`,
      epoch: takeEpoch(),
      keep: false,
      bail: false,
    } as Run
  } catch (error) {
    say((error instanceof RehearsalError ? error : noPlan(asked.run, error)).message)
    return NO_SUCH_RUN
  }
  const { replayCandidate } = await import('../fixtures/replay-candidate.ts')
  const { startGuardian } = await import('../fixtures/guardian.ts')
  const stop = new AbortController()
  const onSignal = () => stop.abort(new Error('interrupted'))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    await using _ = await startGuardian(run.id, run.host)
    const dir = await mkdtemp(join(tmpdir(), 'exam-rehearsal-replay-'))
    say(`replay  ${what.candidate} of ${what.phase}, seed ${what.seed}, alone; kept in ${dir}`)
    const over = new AbortController()
    const printing = printOperations(join(dir, what.phase, 'history.ndjson'), over.signal, say)
    const result = await replayCandidate(what, { ...run, dir }, stop.signal)
    over.abort()
    await printing
    const own = new Set<string>(Object.keys(INTEGRITY_CHECKERS))
    const checks = result.checks.filter(({ id }) => own.has(id) || id === 'phase-completed')
    for (const { id, valid, reason } of checks)
      say(`${String(valid).padEnd(8)}${id}${reason === undefined ? '' : `: ${reason}`}`)
    const merged = mergeValidity(checks.map(({ valid }) => valid))
    return merged === true ? 0 : merged === false ? 1 : 2
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return 2
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

interface Asked {
  readonly run: string
  readonly candidate: string
  readonly phase?: string
}

/** @returns what is to be played, or everything that is wrong with the arguments as one CONFIG_INVALID */
function readArguments(args: readonly string[]): Asked | { readonly problem: RehearsalError } {
  const { tokens } = parseArgs({
    args: args.filter((argument) => argument !== '--'),
    options: { candidate: { type: 'string' }, phase: { type: 'string' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const wrong: string[] = []
  const runs: string[] = []
  const given = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') runs.push(token.value)
    if (token.kind !== 'option') continue
    if (token.name !== 'candidate' && token.name !== 'phase') wrong.push(token.rawName)
    else if (token.value === undefined || token.value === '') wrong.push(`${token.rawName} without a value`)
    else given.set(token.name, token.value)
  }
  const [run, ...more] = runs
  const candidate = given.get('candidate')
  const phase = given.get('phase')
  if (run !== undefined && more.length === 0 && candidate !== undefined && wrong.length === 0) {
    return { run, candidate, ...(phase === undefined ? {} : { phase }) }
  }
  const seen = [
    run === undefined ? 'no run' : runs.length === 1 ? 'one run' : `${runs.length} runs: ${runs.join(', ')}`,
    ...(candidate === undefined && !wrong.some((one) => one.startsWith('--candidate')) ? ['no --candidate'] : []),
    ...wrong,
  ]
  return {
    problem: new RehearsalError('CONFIG_INVALID', {
      expected: 'one run, --candidate with its id, and perhaps --phase',
      seen: seen.join('; '),
      next: 'Take candidate and phase from the report of the run.',
    }),
  }
}

/** What was stored of the phase is of another shape than this version writes. */
function noPlan(run: string, cause: unknown): RehearsalError {
  return new RehearsalError('EVIDENCE_UNREADABLE', {
    expected: `a run that can be played again: ${run}`,
    seen: cause instanceof Error ? cause.message : String(cause),
    next: 'Restore the folder of the run, or name another one.',
    cause,
  })
}

/** @throws EVIDENCE_UNREADABLE or CONFIG_INVALID when the run has no such phase or candidate */
async function findCandidate(
  runDir: string,
  { candidate, phase }: Asked,
): Promise<{ readonly replay: Replay; readonly run: Pick<Run, 'profile' | 'seed' | 'host' | 'hostReason'> }> {
  const stored = await readRun(runDir)
  const phases = stored.delivered.filter(({ record }) => record !== null).map(({ suite }) => suite)
  for (const suite of phases.filter((one) => phase === undefined || one === phase)) {
    const plan = await readPhasePlan(join(runDir, suite))
    if (plan.candidates.includes(candidate)) return { replay: { phase: suite, candidate, ...plan }, run: stored.run }
  }
  throw new RehearsalError('CONFIG_INVALID', {
    expected: `a candidate of ${phases.join(', ')}`,
    seen: `${candidate}${phase === undefined ? '' : ` in ${phase}`}`,
    next: 'Take candidate and phase from the report.',
  })
}

/** Follow the journal: it is on disk 50 ms after an operation has begun or ended. */
async function printOperations(path: string, over: AbortSignal, say: (text: string) => void): Promise<void> {
  const begun = new Map<number, Invocation>()
  let from = 0
  let rest = ''
  for (;;) {
    // Read once more after the end: what was written last is printed too.
    const last = over.aborted
    const text = await readFrom(path, from)
    from += Buffer.byteLength(text)
    const lines = (rest + text).split('\n')
    rest = lines.pop() as string
    for (const line of lines) {
      const event = JSON.parse(line) as HistoryEvent
      if (event.type === 'invoke') begun.set(event.index, event)
      else if (event.type === 'ok' || event.type === 'fail' || event.type === 'info') {
        const asked = begun.get(event.invocation)
        begun.delete(event.invocation)
        if (asked !== undefined) say(describe(asked, event))
      }
    }
    if (last) return
    await sleep(POLL_MS)
  }
}

function describe(asked: Invocation, { type, reason, timeUs, status }: Exclude<HistoryEvent, Invocation>): string {
  return [
    `+${(asked.timeUs / 1_000_000).toFixed(3)}s ${asked.f}`,
    ...(asked.question === undefined ? [] : [asked.question]),
    ...(asked.version === undefined ? [] : [`v${asked.version}`]),
    ...(asked.value === undefined ? [] : [`value=${asked.value}`]),
    `attempt ${asked.attempt} [${asked.connection}] -> ${type} (${reason})`,
    ...(status === undefined ? [] : [`HTTP ${status}`]),
    `${Math.round((timeUs - asked.timeUs) / 1_000)} ms`,
  ].join(' ')
}

/** What is in the file from that byte on, up to the last whole character; nothing while there is no file. */
async function readFrom(path: string, from: number): Promise<string> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return ''
  try {
    const { size } = await file.stat()
    const bytes = Buffer.alloc(Math.max(0, size - from))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
    const whole = bytes.subarray(0, bytesRead)
    // A line is written whole, so whatever comes after the last newline is still being written.
    return whole.subarray(0, whole.lastIndexOf(0x0a) + 1).toString('utf8')
  } finally {
    await file.close()
  }
}
