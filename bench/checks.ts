import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { MillionResult } from './check-million.ts'
import { measureInvariants, type SqlResult } from './check-sql.ts'
import { makeRun } from './make-run.ts'

/**
 * What judging costs: a million operations from the files, and every SQL invariant over five million answers:
 * `node bench/checks.ts`. Writes reports/bench/checks.json; exits 1 when a target is missed.
 *
 * `--answers <n>` measures over fewer answers, `--without-sql` none, for trying; then nothing is written.
 */

const OPERATIONS = 1_000_000
const ANSWERS = 5_000_000
const TARGETS = {
  foldOpsPerSecond: 1_000_000,
  seconds: 10,
  rssBytes: 1_000_000_000,
  medianRatio: 3,
  worstRatio: 6,
} as const
const OUTPUT = new URL('../reports/bench/checks.json', import.meta.url)

interface Result {
  readonly foldOpsPerSecond: number
  readonly million: { readonly seconds: number; readonly rssBytes: number }
  readonly sql: SqlResult | null
}

const args = process.argv.slice(2)
const answersAt = args.indexOf('--answers')
const answers = answersAt === -1 ? ANSWERS : Number(args[answersAt + 1])
const withoutSql = args.includes('--without-sql')

const { foldOpsPerSecond, seconds, rssBytes } = await measureMillion()
const sql = withoutSql ? null : await measureInvariants(answers)
const result: Result = { foldOpsPerSecond, million: { seconds, rssBytes }, sql }
const text = `${JSON.stringify(result, null, 2)}\n`
process.stdout.write(text)
if (sql !== null && answers === ANSWERS) {
  await mkdir(new URL('.', OUTPUT), { recursive: true })
  await writeFile(OUTPUT, text)
}
const missed = [
  ...(foldOpsPerSecond >= TARGETS.foldOpsPerSecond ? [] : [`a fold does ${Math.round(foldOpsPerSecond)} operations/s`]),
  ...(seconds < TARGETS.seconds ? [] : [`a million operations took ${seconds.toFixed(1)} s`]),
  ...(rssBytes < TARGETS.rssBytes ? [] : [`a million operations took ${Math.round(rssBytes / 1e6)} MB`]),
  ...(sql === null || sql.medianRatio <= TARGETS.medianRatio
    ? []
    : [`the median ratio is ${sql.medianRatio.toFixed(2)}`]),
  ...(sql === null || sql.worstRatio <= TARGETS.worstRatio ? [] : [`the worst ratio is ${sql.worstRatio.toFixed(2)}`]),
]
if (missed.length > 0) {
  process.stderr.write(`missed: ${missed.join('; ')}; wanted ${JSON.stringify(TARGETS)}\n`)
  process.exitCode = 1
}

/** In a process of its own, so that making the files does not count. */
async function measureMillion(): Promise<MillionResult> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-checks-'))
  try {
    await makeRun(dir, OPERATIONS)
    const script = fileURLToPath(new URL('check-million.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [script, dir, String(OPERATIONS)])
    return JSON.parse(stdout) as MillionResult
  } finally {
    await rm(dir, { recursive: true })
  }
}
