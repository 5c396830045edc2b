import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { RehearsalError } from '../helpers/errors.ts'
import { type ShrinkOutcome, shrinkFaults } from '../helpers/faults/shrink-faults.ts'
import { type RunVerdict, runVerdictSchema } from '../helpers/run-verdict.ts'
import { visibleLines } from '../reports/hostile-text.ts'
import type { Output } from './live-line.ts'
import { runFolderOf } from './run-argument.ts'
import { shellWord } from './shell-word.ts'

const MAX_RUNS = 10
const NO_SUCH_RUN = 3
const OUTCOMES: Readonly<Record<number, ShrinkOutcome>> = { 0: 'holds', 1: 'fails' }

const PROJECT_DIR = resolve(import.meta.dirname, '..')

export const SHRINK_USAGE = `usage: node bin/rehearse.ts shrink <run> [--config <file>]

  <run>     folder of a run that was NO-GO, its id below reports/runs, or latest
  --config  another configuration than that of the run
`

/** Rehearses once with these arguments, and gives the exit code of that run. */
export type RehearseOnce = (args: readonly string[]) => Promise<number>

/**
 * Repeat a run that was NO-GO with fewer and fewer of its faults, same configuration, profile, seed and phases, at most ten
 * times, and print the smallest schedule that still fails.
 *
 * @param configGiven the configuration that was asked for by `--config`, absolute; undefined: that of the run
 * @returns 0 such a schedule was found and every smaller one was seen to hold, 2 found, but not proven to be the
 *   smallest, or nothing failed again, 3 nothing to shrink
 */
export async function shrink(
  args: readonly string[],
  runsDir: string,
  output: Output,
  configGiven?: string,
  rehearseOnce: RehearseOnce = inProcessOfItsOwn,
): Promise<0 | 2 | 3> {
  const say = (text: string) => output.write(`${visibleLines(text)}\n`)
  const [name, ...more] = args
  if (name === undefined || name.startsWith('-') || more.length > 0) {
    output.write(SHRINK_USAGE)
    return name === '--help' || name === '-h' ? 0 : NO_SUCH_RUN
  }
  let verdict: RunVerdict
  try {
    verdict = await storedVerdict(await runFolderOf(name, runsDir))
  } catch (error) {
    if (!(error instanceof RehearsalError)) throw error
    say(error.message)
    return NO_SUCH_RUN
  }
  const failing = verdict.phases.filter(({ checks }) => checks.some(({ valid }) => valid === false))
  const faults = [...new Set(failing.flatMap((phase) => phase.faults.map((fault) => fault.name)))]
  if (faults.length === 0) {
    say(
      verdict.verdict === 'NO-GO'
        ? 'Nothing to shrink: no fault was injected in the phases in which something is false.'
        : `Nothing to shrink: the run is ${verdict.verdict}.`,
    )
    return NO_SUCH_RUN
  }
  const config = configGiven ?? configOf(verdict.command)
  const fixed = [
    ...(config === undefined ? [] : ['--config', config]),
    ...['--profile', verdict.profile, '--seed', String(verdict.seed), '--host', verdict.host],
  ]
  const phases = failing.flatMap(({ id }) => ['--only', id])
  say(`shrink  ${faults.length} faults of ${failing.map(({ id }) => id).join(', ')}, at most ${MAX_RUNS} runs`)
  const { smallest, proven, runs } = await shrinkFaults(
    faults,
    async (some) => {
      const outcome =
        OUTCOMES[await rehearseOnce(['run', ...fixed, ...phases, '--faults', some.join(',')])] ?? 'unclear'
      say(`shrink  ${some.join(', ')}: ${outcome}`)
      return outcome
    },
    MAX_RUNS,
  )
  if (smallest === null) {
    say(`\nNot even all ${faults.length} faults failed again: what was found does not depend on them alone.`)
    return 2
  }
  say(`\nThe smallest schedule that still fails, after ${runs.length} runs: ${smallest.join(', ')}`)
  if (!proven) say('It is not proven that none of them can be left out.')
  say(
    `again   node bin/rehearse.ts run ${[...fixed, ...phases].map(shellWord).join(' ')} --faults ${smallest.join(',')}`,
  )
  return proven ? 0 : 2
}

async function storedVerdict(runDir: string): Promise<RunVerdict> {
  const path = join(runDir, 'verdict.json')
  try {
    return runVerdictSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    throw new RehearsalError('EVIDENCE_UNREADABLE', {
      expected: `the verdict of a run: ${path}`,
      seen: cause instanceof Error ? cause.message : String(cause),
      next: 'Name another run; nobody knows what failed in this one.',
      cause,
    })
  }
}

/** The configuration that the command of a run names, absolute; undefined: the project's own. */
function configOf(command: string): string | undefined {
  const [, quoted, plain] = / --config (?:'((?:[^']|'\\'')*)'|(\S+))/.exec(command) ?? []
  const named = quoted?.replaceAll(`'\\''`, `'`) ?? plain
  // As the command names it: from the root of the project, wherever it was given.
  return named === undefined ? undefined : resolve(PROJECT_DIR, named)
}

/** A run like any other, with its own folder, guardian and signals; its output is ours. */
async function inProcessOfItsOwn(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'rehearse.ts'), ...args], {
    stdio: 'inherit',
    // What the run was rehearsed with counts, and not what is set today.
    env: { ...process.env, REHEARSAL_CONFIG: '' },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? NO_SUCH_RUN
}
