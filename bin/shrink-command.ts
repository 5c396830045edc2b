import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { RehearsalError } from '../helpers/errors.ts'
import { type ShrinkOutcome, shrinkFaults } from '../helpers/faults/shrink-faults.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { visibleLines } from '../reports/hostile-text.ts'
import { readVerdict } from '../reports/read-verdict.ts'
import { SETTING_VARIABLES } from './arguments.ts'
import type { Output } from './live-line.ts'
import { onlyRunOf, runFolderOf } from './run-argument.ts'
import { shellWord } from './shell-word.ts'

const MAX_RUNS = 10
const INCONCLUSIVE = 2
const NO_SUCH_RUN = 3
/** What a run ends with that rehearsed nothing. */
const NOTHING_REHEARSED = 3
const GO = 0
const NO_GO = 1

const PROJECT_DIR = resolve(import.meta.dirname, '..')

export const SHRINK_USAGE = `usage: node bin/rehearse.ts shrink <run> [--config <file>]

  <run>     folder of a run that was NO-GO, its id below reports/runs, or latest
  --config  another configuration than that of the run
`

/** What a repetition ended with, and found; without a verdict: it was ended, or nobody can read it. */
export interface Repetition {
  readonly code: number
  readonly verdict?: RunVerdict
}

/** Rehearses once with these arguments. */
export type RehearseOnce = (args: readonly string[]) => Promise<Repetition>

/**
 * Repeat a run that was NO-GO with fewer and fewer of its faults, same configuration, profile, seed and phases, at most ten
 * times, and print the smallest schedule that still fails: in which a check is false again that was. One that is false for the
 * first time is another finding, and leads away from this one.
 *
 * @param configGiven the configuration that was asked for by `--config`, absolute; undefined: that of the run
 * @returns 0 such a schedule was found and every smaller one was seen to hold, 2 found, but not proven to be the
 *   smallest, or nothing failed again, 3 nothing to shrink, or a repetition rehearsed nothing
 */
export async function shrink(
  args: readonly string[],
  runsDir: string,
  output: Output,
  configGiven?: string,
  rehearseOnce: RehearseOnce = (arguments_) => inProcessOfItsOwn(arguments_, runsDir),
): Promise<0 | 2 | 3> {
  const say = (text: string) => output.write(`${visibleLines(text)}\n`)
  if (args.includes('--help') || args.includes('-h')) {
    output.write(SHRINK_USAGE)
    return 0
  }
  const named = onlyRunOf(args)
  if ('problem' in named) {
    say(named.problem.message)
    output.write(SHRINK_USAGE)
    return NO_SUCH_RUN
  }
  let verdict: RunVerdict
  try {
    verdict = await storedVerdict(await runFolderOf(named.run, runsDir))
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
  let unrehearsed: string | undefined
  const { smallest, proven, runs } = await shrinkFaults(
    faults,
    async (some) => {
      // What kept one run from starting keeps the next one from it, too.
      if (unrehearsed !== undefined) return 'unclear'
      const repetition = await rehearseOnce(['run', ...fixed, ...phases, '--faults', some.join(',')])
      if (repetition.code === NOTHING_REHEARSED) unrehearsed = some.join(', ')
      const { outcome, words } = outcomeOf(repetition, falseChecks(verdict))
      say(`shrink  ${some.join(', ')}: ${words}`)
      return outcome
    },
    MAX_RUNS,
  )
  if (unrehearsed !== undefined) {
    say(`\nNothing was rehearsed with ${unrehearsed}, for the reason above: the search ends here, without an answer.`)
    return NOTHING_REHEARSED
  }
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

/** What a repetition says of what was false in the run. */
function outcomeOf(
  { code, verdict }: Repetition,
  before: readonly string[],
): { readonly outcome: ShrinkOutcome; readonly words: string } {
  if (code === NOTHING_REHEARSED) return { outcome: 'unclear', words: 'not rehearsed' }
  if (code === GO) return { outcome: 'holds', words: 'holds' }
  if (code !== NO_GO || verdict === undefined) return { outcome: 'unclear', words: 'unclear' }
  const now = falseChecks(verdict)
  if (now.some((check) => before.includes(check))) return { outcome: 'fails', words: 'fails' }
  return { outcome: 'unclear', words: `unclear: false is something else than before, ${now.join(', ')}` }
}

/** `<phase>/<check>` of everything that is false. */
function falseChecks({ phases }: RunVerdict): readonly string[] {
  return phases.flatMap(({ id, checks }) =>
    checks.flatMap((check) => (check.valid === false ? [`${id}/${check.id}`] : [])),
  )
}

async function storedVerdict(runDir: string): Promise<RunVerdict> {
  const read = await readVerdict(runDir)
  if ('verdict' in read) return read.verdict
  throw new RehearsalError('EVIDENCE_UNREADABLE', {
    expected: `the verdict of a run: ${join(runDir, 'verdict.json')}`,
    seen: read.unreadable,
    next: 'Name another run; nobody knows what failed in this one.',
  })
}

/** The configuration that the command of a run names, absolute; undefined: the project's own. */
function configOf(command: string): string | undefined {
  const [, quoted, plain] = / --config (?:'((?:[^']|'\\'')*)'|(\S+))/.exec(command) ?? []
  const named = quoted?.replaceAll(`'\\''`, `'`) ?? plain
  // As the command names it: from the root of the project, wherever it was given.
  return named === undefined ? undefined : resolve(PROJECT_DIR, named)
}

/** The environment without today's settings, each of which would make the repetition another run than the one that failed. */
export function environmentOfRepetition(
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return { ...own, ...Object.fromEntries(SETTING_VARIABLES.map((name) => [name, ''])) }
}

/**
 * The verdict of a repetition, whoever else rehearses here meanwhile: `latest` may be theirs. Of the folders that were not
 * there before it is the one of this profile, seed and faults.
 *
 * @param before names of the folders in `runsDir` when it was begun
 * @param args that it was begun with, as `RehearseOnce` gets them
 * @returns undefined: there is none, nobody can read it, or another one cannot be told from it
 */
export async function verdictOfRepetition(
  runsDir: string,
  before: readonly string[],
  args: readonly string[],
): Promise<RunVerdict | undefined> {
  const asked = (flag: string) => args[args.indexOf(flag) + 1]
  const faults = (names: readonly string[]) => [...names].sort().join()
  const found: RunVerdict[] = []
  for (const name of await namesIn(runsDir)) {
    if (before.includes(name) || !name.endsWith(`-${asked('--profile')}-${asked('--seed')}`)) continue
    const read = await readVerdict(join(runsDir, name))
    // One of them may be it.
    if (!('verdict' in read)) return undefined
    const { faultChoice } = read.verdict
    if (faultChoice !== null && faults(faultChoice.names) === faults(asked('--faults')?.split(',') ?? []))
      found.push(read.verdict)
  }
  return found.length === 1 ? found[0] : undefined
}

/** Nothing is in a folder that is not there yet. */
async function namesIn(runsDir: string): Promise<readonly string[]> {
  return readdir(runsDir).catch(() => [])
}

/** A run like any other, with its own folder, guardian and signals; its output is ours. */
async function inProcessOfItsOwn(args: readonly string[], runsDir: string): Promise<Repetition> {
  const before = await namesIn(runsDir)
  const child = spawn(process.execPath, [join(import.meta.dirname, 'rehearse.ts'), ...args], {
    stdio: 'inherit',
    // What the run was rehearsed with counts, and not what is set today.
    env: environmentOfRepetition(process.env),
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  // Ended from outside: it may have rehearsed, and nobody knows what.
  if (code !== NO_GO) return { code: code ?? INCONCLUSIVE }
  const verdict = await verdictOfRepetition(runsDir, before, args)
  return verdict === undefined ? { code } : { code, verdict }
}
