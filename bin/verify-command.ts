import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { INTEGRITY_CHECKERS } from '../helpers/checkers/integrity-checkers.ts'
import { exitCodeOf } from '../helpers/compose-verdict.ts'
import { RehearsalError } from '../helpers/errors.ts'
import { judgeRunAgain } from '../helpers/run-record.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { visibleLines } from '../reports/hostile-text.ts'
import { renderConsole } from '../reports/render-console.ts'
import { renderJson } from '../reports/write-report.ts'
import type { Output } from './live-line.ts'
import { onlyRunOf, runFolderOf } from './run-argument.ts'

const INCONCLUSIVE = 2
const NO_SUCH_RUN = 3
/** Differences that are named; the rest is counted. */
const DIFFERENCES_SHOWN = 10

export const VERIFY_USAGE = `usage: node bin/rehearse.ts verify <run>

  <run>   folder of a run, its id below reports/runs, or latest
`

/**
 * Judge a run again from its folder alone, print the verdict, and compare it byte for byte with the stored one.
 *
 * @returns 0 GO, 1 NO-GO, 2 INCONCLUSIVE, as the run itself; a GO that is not the stored verdict to the byte is 2, too.
 *   3: there is no such run.
 */
export async function verify(args: readonly string[], runsDir: string, output: Output): Promise<0 | 1 | 2 | 3> {
  const say = (text: string) => output.write(`${visibleLines(text)}\n`)
  if (args.includes('--help') || args.includes('-h')) {
    output.write(VERIFY_USAGE)
    return 0
  }
  const named = onlyRunOf(args)
  if ('problem' in named) {
    say(named.problem.message)
    output.write(VERIFY_USAGE)
    return NO_SUCH_RUN
  }
  let runDir: string
  try {
    runDir = await runFolderOf(named.run, runsDir)
  } catch (error) {
    if (!(error instanceof RehearsalError)) throw error
    say(error.message)
    return NO_SUCH_RUN
  }
  let verdict: RunVerdict
  try {
    verdict = await judgeRunAgain(runDir, Object.values(INTEGRITY_CHECKERS))
  } catch (error) {
    say(notJudged(runDir, error).message)
    say('INCONCLUSIVE: the run cannot be judged again.')
    return INCONCLUSIVE
  }
  output.write(renderConsole(verdict, runDir))
  const differences = await differencesFromStored(join(runDir, 'verdict.json'), verdict)
  if (differences.length === 0) {
    say('\nverified: judged again from its folder, this run has the stored verdict, byte for byte.')
    return exitCodeOf(verdict.verdict)
  }
  say('\nNOT verified: judged again from its folder, this run does not have the stored verdict.')
  for (const difference of differences.slice(0, DIFFERENCES_SHOWN)) say(`  ${difference}`)
  if (differences.length > DIFFERENCES_SHOWN) say(`  and ${differences.length - DIFFERENCES_SHOWN} more`)
  say(`  judged now ${await describeVersion()}; the run was of source ${verdict.source.sha ?? 'not known'}`)
  return verdict.verdict === 'NO-GO' ? 1 : INCONCLUSIVE
}

/** Whatever ends the judging says only that this folder cannot be judged: a bug here must not pass for a refusal to run. */
function notJudged(runDir: string, error: unknown): RehearsalError {
  if (error instanceof RehearsalError) return error
  return new RehearsalError('EVIDENCE_UNREADABLE', {
    expected: `a run that can be judged again from its files: ${runDir}`,
    seen: error instanceof Error ? error.message : String(error),
    next: 'Restore the folder of the run. Where nothing in it was changed, this is a bug: report it with the folder.',
    cause: error,
  })
}

async function describeVersion(): Promise<string> {
  const { sourceState } = await import('./source-state.ts')
  const { sha, dirty } = await sourceState(import.meta.dirname)
  return sha === null ? 'by a source that is not known' : `by source ${sha}${dirty === true ? ' with changes' : ''}`
}

/** Where the verdict differs from the stored one, in words; empty when both are the same to the byte. */
async function differencesFromStored(path: string, verdict: RunVerdict): Promise<readonly string[]> {
  let text: string
  let stored: unknown
  try {
    text = await readFile(path, 'utf8')
    if (text === renderJson(verdict)) return []
    stored = JSON.parse(text)
  } catch (error) {
    return [`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`]
  }
  const differences = [...compare('', stored, JSON.parse(renderJson(verdict)))]
  return differences.length === 0 ? ['only in its spelling'] : differences
}

function* compare(path: string, stored: unknown, again: unknown): Generator<string> {
  if (isRecord(stored) && isRecord(again)) {
    for (const key of new Set([...Object.keys(stored), ...Object.keys(again)])) {
      yield* compare(path === '' ? key : `${path}.${key}`, stored[key], again[key])
    }
  } else if (stored !== again) yield `${path}: stored ${shorten(stored)}, now ${shorten(again)}`
}

/** Lists, too: their positions are their keys. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`
}
