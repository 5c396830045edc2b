import { fileURLToPath } from 'node:url'
import { backendPulse } from '../helpers/observability/probe-backend.ts'
import { postgresPulse, postgresWork } from '../helpers/observability/probe-postgres.ts'
import { redisPulse } from '../helpers/observability/probe-redis.ts'
import type { Source } from '../helpers/observability/source.ts'
import { DATABASE_URL, REDIS_URL, readToolFlags, urlFlag } from './tool-flags.ts'
import { type Say, sayToStandardOutput } from './tool-output.ts'

const SQL_DIR = fileURLToPath(new URL('../sql/', import.meta.url))
const LOOK_MS = 5_000

/**
 * One look at everything that a rehearsal watches, printed. Nothing is judged, and nothing is written.
 *
 * @returns 0 every part that was named told its figures; 2 one of them did not; 3 bad input
 */
export async function metricsCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  say: Say = sayToStandardOutput,
): Promise<0 | 2 | 3> {
  const { values, problems } = readToolFlags(
    argv,
    env,
    {
      'database-url': DATABASE_URL,
      'redis-url': REDIS_URL,
      'metrics-url': urlFlag('REHEARSAL_METRICS_URL', ['http', 'https']),
    },
    { flagsOnly: true },
  )
  const { 'database-url': databaseUrl, 'redis-url': redisUrl, 'metrics-url': metricsUrl } = values
  if (problems.length > 0 || databaseUrl === undefined) {
    for (const problem of problems) say(problem.message)
    return 3
  }
  const database = { databaseUrl: () => databaseUrl, sqlDir: SQL_DIR }
  const sources: Record<string, Source<object>> = {
    'database, now': postgresPulse(database),
    'database, since its statistics began': postgresWork(database),
    ...(redisUrl === undefined ? {} : { redis: redisPulse(() => redisUrl) }),
    ...(metricsUrl === undefined
      ? {}
      : {
          backend: backendPulse(() =>
            metricsUrl
              .replace(/\/metrics\/?$/, '')
              .replace(/\/$/, '')
              .concat('/metrics'),
          ),
        }),
  }
  let exitCode: 0 | 2 = 0
  for (const [name, source] of Object.entries(sources)) {
    await using looking = source
    say(`\n${name}`)
    try {
      for (const [figure, value] of Object.entries(await looking.look(AbortSignal.timeout(LOOK_MS))))
        show(figure, value, say)
    } catch (error) {
      exitCode = 2
      say(`  not known: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return exitCode
}

function show(figure: string, value: unknown, say: Say): void {
  if (Array.isArray(value)) {
    say(`  ${figure}`)
    for (const row of value) say(`    ${JSON.stringify(row)}`)
  } else
    say(
      `  ${figure.padEnd(32)} ${value === null ? 'not told' : typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
}
