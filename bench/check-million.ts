import { foldAnswers } from '../helpers/checkers/answer-ledger.ts'
import { checkAll } from '../helpers/checkers/check-all.ts'
import { INTEGRITY_CHECKERS } from '../helpers/checkers/integrity-checkers.ts'
import { loadEvidenceAsFound } from '../helpers/evidence.ts'
import { readHistory } from '../helpers/history/read-history.ts'
import { madeCandidates, madeExpectations } from './make-run.ts'

/** Folds that are timed; the median counts. */
const FOLDS = 3

/** What checking one folder took; printed as the one line of JSON on standard output. */
export interface MillionResult {
  readonly operations: number
  readonly seconds: number
  readonly foldOpsPerSecond: number
  readonly rssBytes: number
  /** Checks of answers, submits and reads that hold; fewer than expected means that something else was measured. */
  readonly holding: number
}

/*
 * One process for one measurement, because the highest memory of a process never falls:
 * node bench/check-million.ts <folder> <operations>
 */
const [dir, count] = [process.argv[2] as string, Number(process.argv[3])]
const startedMs = performance.now()
const history = await readHistory(`${dir}/history.ndjson`)
const evidence = await loadEvidenceAsFound(`${dir}/evidence`, [])
const expectations = madeExpectations(madeCandidates(count))
const verdicts = checkAll(Object.values(INTEGRITY_CHECKERS), history, evidence, expectations)
const seconds = (performance.now() - startedMs) / 1_000
// Before the folds below, which are no part of a check.
const rssBytes = process.resourceUsage().maxRSS * 1_024

let operations = 0
for (const _ of history.operations()) operations++
const foldMs = Array.from({ length: FOLDS }, () => {
  const begunMs = performance.now()
  // A history of its own, because a fold is kept with its history.
  foldAnswers({ ...history })
  return performance.now() - begunMs
}).toSorted((one, other) => one - other)[Math.floor(FOLDS / 2)] as number
const broken = verdicts.filter(({ valid }) => valid === false)
if (broken.length > 0)
  throw new Error(`a day in which nothing goes wrong is found broken: ${JSON.stringify(broken[0])}`)
const result: MillionResult = {
  operations,
  seconds,
  foldOpsPerSecond: operations / (foldMs / 1_000),
  rssBytes,
  holding: verdicts.filter(({ valid }) => valid === true).length,
}
process.stdout.write(`${JSON.stringify(result)}\n`)
