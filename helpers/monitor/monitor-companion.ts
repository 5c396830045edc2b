import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { authorisation } from '../candidate/authorisation.ts'
import { openConnection } from '../candidate/connection.ts'
import type { Credentials, HttpResponse, Tokens } from '../candidate/exam-api.ts'
import { keepTokens } from '../candidate/kept-tokens.ts'
import { logInOnRecord } from '../candidate/log-in-on-record.ts'
import type { Companion, CompanionContext } from '../companion.ts'
import { RehearsalError } from '../errors.ts'
import type { ExamMonitor, ExamPlatform } from '../platform/exam-platform.ts'
import { absentCompanion } from '../platform/not-judged.ts'
import { judgeMonitor, MONITOR_COUNTS, MONITOR_FRESH } from './judge-monitor.ts'
import type { MonitorLook } from './monitor-look.ts'

const RECORD_FILE = 'monitor.ndjson'
const LOOK_EVERY_MS = 500
const TIMEOUT_MS = 5_000
/** Of the invigilator in the history, where only the log-in is written down. */
const INVIGILATOR = 'exam-invigilator'

const NOBODY_CAN_WATCH = 'the platform has no summary for whoever watches over an exam'

export interface MonitorOptions {
  readonly platform: Pick<ExamPlatform, 'api' | 'monitor'>
  readonly admin: Credentials
  readonly examId: string
}

/**
 * An invigilator beside the candidates, who looks at the exam's summary twice a second until the last candidate is done.
 * Every look is written to `monitor.ndjson` in the phase's folder, and the verdicts are folded from that file.
 */
export function monitorCompanion(options: MonitorOptions): Companion {
  const { monitor } = options.platform
  if (monitor === undefined) return absentCompanion([MONITOR_COUNTS, MONITOR_FRESH], NOBODY_CAN_WATCH)
  return {
    async play(context) {
      const looks: MonitorLook[] = []
      try {
        await watch(options, monitor, context, looks)
      } finally {
        await writeFile(join(context.dir, RECORD_FILE), looks.map((look) => `${JSON.stringify(look)}\n`).join(''))
      }
    },
    async conclude({ dir, history }) {
      return judgeMonitor(history, await readLooks(join(dir, RECORD_FILE)))
    },
  }
}

async function watch(
  options: MonitorOptions,
  monitor: ExamMonitor,
  context: CompanionContext,
  looks: MonitorLook[],
): Promise<void> {
  const { stage, clock, signal } = context
  const { api } = options.platform
  await using connection = openConnection({ baseUrl: () => stage.baseUrl() })
  const kept = await keepTokens(() => logIn(options, context), clock)
  const path = monitor.path(options.examId)
  while (!signal.aborted) {
    const tokens = await kept.current()
    const askedUs = clock.nowUs()
    if (tokens === null) {
      looks.push({ askedUs, answeredUs: askedUs, counts: null, reason: 'the invigilator could not log in again' })
    } else {
      const exchange = await connection.send(
        { method: 'GET', path, headers: authorisation(api, tokens) },
        { requestId: `monitor-${randomUUID()}`, timeoutMs: TIMEOUT_MS, signal },
      )
      const answeredUs = clock.nowUs()
      if (exchange.kind === 'error') looks.push({ askedUs, answeredUs, counts: null, reason: exchange.error.message })
      else {
        looks.push({ askedUs, answeredUs, ...read(monitor, exchange.response) })
        if (isSentAway(exchange.response.status)) kept.refused()
      }
    }
    // It rejects for one reason only: the load is over.
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** As somebody without a log-in: by a status, or to the page where one logs in. A session may end before its time. */
function isSentAway(status: number): boolean {
  return status === 401 || status === 403 || (status >= 300 && status < 400)
}

function read(monitor: ExamMonitor, response: HttpResponse) {
  if (response.status !== 200) return { counts: null, reason: `status ${response.status}` }
  try {
    return { counts: monitor.read(response) }
  } catch (error) {
    return { counts: null, reason: `the summary is not what the contract says: ${String(error).slice(0, 200)}` }
  }
}

async function logIn(
  { platform: { api }, admin }: MonitorOptions,
  { stage, clock, recorder, signal }: CompanionContext,
): Promise<Tokens> {
  const { reply: tokens, reason } = await logInOnRecord({
    name: INVIGILATOR,
    credentials: admin,
    api,
    baseUrl: () => stage.baseUrl(),
    requestIdPrefix: 'monitor',
    clock,
    recorder,
    signal,
  })
  if (tokens !== undefined) return tokens
  throw new RehearsalError('PRECONDITION_FAILED', {
    expected: 'the invigilator can log in',
    seen: `the log-in ended with ${reason}`,
    next: "Look for the invigilator's request in the backend's log.",
    service: 'backend',
  })
}

/** Nothing written is nothing seen: unknown, and not an error. */
async function readLooks(path: string): Promise<readonly MonitorLook[]> {
  try {
    const text = await readFile(path, 'utf8')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as MonitorLook)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
