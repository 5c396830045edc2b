import { fileURLToPath } from 'node:url'
import { readEvidence } from '../helpers/evidence.ts'
import type { Validity } from '../helpers/verdict.ts'
import { DATABASE_URL, readToolFlags } from './tool-flags.ts'
import { answerLine, exitCodeOfAnswers, type Say, sayToStandardOutput } from './tool-output.ts'

const SQL_DIR = fileURLToPath(new URL('../sql/', import.meta.url))
const ROWS_SHOWN = 3

/**
 * Does this database agree with itself? Every query of `sql/invariants/`, in one read-only snapshot; nothing is written.
 * Made for the hour after a real exam as well.
 *
 * @returns 0 every promise holds; 1 one is broken; 2 one could not be checked, or no session is there to check anything
 *   on; 3 bad input or no database: nothing was checked
 */
export async function integrityCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  say: Say = sayToStandardOutput,
): Promise<0 | 1 | 2 | 3> {
  const { values, problems } = readToolFlags(
    argv,
    env,
    {
      'database-url': DATABASE_URL,
      'grace-seconds': {
        expected: 'whole seconds from 0 to 3600',
        isValid: (value) => /^\d{1,4}$/.test(value) && Number(value) <= 3_600,
      },
    },
    { flagsOnly: true },
  )
  const databaseUrl = values['database-url']
  if (problems.length > 0 || databaseUrl === undefined) {
    for (const problem of problems) say(problem.message)
    return 3
  }
  const evidence = await readEvidence({
    databaseUrl,
    sqlDir: SQL_DIR,
    graceSeconds: values['grace-seconds'] === undefined ? 0 : Number(values['grace-seconds']),
  })
  const { invariants, sessions, answers } = evidence
  if (!sessions.known && invariants.every(({ rows }) => !rows.known)) {
    say(`Nothing was checked: ${sessions.reason}`)
    return 3
  }
  const verdicts: Validity[] = []
  for (const { id, title, rows } of invariants) {
    const valid: Validity = rows.known ? rows.rows.length === 0 : 'unknown'
    verdicts.push(valid)
    say(
      answerLine(
        valid,
        `${title} (${id})`,
        rows.known ? (valid ? undefined : `${rows.rows.length} rows`) : rows.reason,
      ),
    )
    if (!rows.known) continue
    for (const row of rows.rows.slice(0, ROWS_SHOWN)) say(`        ${JSON.stringify(row)}`)
    if (rows.rows.length > ROWS_SHOWN) say(`        ... and ${rows.rows.length - ROWS_SHOWN} more`)
  }
  const count = (found: { known: boolean; rows?: readonly unknown[] }) =>
    found.known ? found.rows?.length : 'an unknown number of'
  say(`\nOver ${count(sessions)} sessions with ${count(answers)} answers.`)
  if (sessions.known && sessions.rows.length === 0) {
    verdicts.push('unknown')
    say('No session is there: what holds of nothing says nothing.')
  }
  return exitCodeOfAnswers(verdicts)
}
