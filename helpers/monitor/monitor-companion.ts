import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { authorisation } from '../candidate/authorisation.ts'
import { openConnection } from '../candidate/connection.ts'
import type { Credentials, ExamApi, HttpResponse, Tokens } from '../candidate/exam-api.ts'
import { logInWith } from '../candidate/log-in.ts'
import type { Companion, CompanionContext } from '../companion.ts'
import { RehearsalError } from '../errors.ts'
import { classifyTransportError } from '../history/outcome.ts'
import type { ExamMonitor, ExamPlatform } from '../platform/exam-platform.ts'
import { absentCompanion } from '../platform/not-judged.ts'
import { judgeMonitor, MONITOR_COUNTS, MONITOR_FRESH } from './judge-monitor.ts'
import type { MonitorLook } from './monitor-look.ts'

const RECORD_FILE = 'monitor.ndjson'
const LOOK_EVERY_MS = 500
const UNAUTHENTICATED = 401
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
  { platform: { api }, admin, examId }: MonitorOptions,
  monitor: ExamMonitor,
  context: CompanionContext,
  looks: MonitorLook[],
): Promise<void> {
  const { stage, clock, signal } = context
  await using connection = openConnection({ baseUrl: () => stage.baseUrl() })
  let tokens = await logIn(api, admin, context, connection)
  const path = monitor.path(examId)
  while (!signal.aborted) {
    const askedUs = clock.nowUs()
    const exchange = await connection.send(
      { method: 'GET', path, headers: authorisation(api, tokens) },
      { requestId: `monitor-${randomUUID()}`, timeoutMs: TIMEOUT_MS, signal },
    )
    const answeredUs = clock.nowUs()
    if (exchange.kind === 'error') looks.push({ askedUs, answeredUs, counts: null, reason: exchange.error.message })
    else {
      looks.push({ askedUs, answeredUs, ...read(monitor, exchange.response) })
      // A day may be longer than a token lives.
      if (exchange.response.status === UNAUTHENTICATED && !signal.aborted)
        tokens = await logIn(api, admin, context, connection)
    }
    // It rejects for one reason only: the load is over.
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

function read(monitor: ExamMonitor, response: HttpResponse) {
  if (response.status !== 200) return { counts: null, reason: `status ${response.status}` }
  try {
    return { counts: monitor.read(response) }
  } catch (error) {
    return { counts: null, reason: `the summary is not what the contract says: ${String(error).slice(0, 200)}` }
  }
}

/** Written down like every log-in, because the backend counts and logs it like every other. */
async function logIn(
  api: Pick<ExamApi, 'login' | 'openLogin'>,
  admin: Credentials,
  { clock, recorder, signal }: CompanionContext,
  connection: ReturnType<typeof openConnection>,
): Promise<Tokens> {
  const { reply: tokens, reason } = await logInWith(api, admin, async (f, make) => {
    const call = make()
    const requestId = `monitor-${randomUUID()}`
    const timeUs = clock.nowUs()
    const invocation = recorder.invoke({
      timeUs,
      intendedUs: timeUs,
      candidate: INVIGILATOR,
      connection: 'main',
      f,
      step: 'warm-up',
      requestId,
      attempt: 1,
    })
    const exchange = await connection.send(call, { requestId, timeoutMs: TIMEOUT_MS, signal })
    const reading: ReturnType<typeof call.read> =
      exchange.kind === 'response' ? call.read(exchange.response) : classifyTransportError(exchange.error, exchange)
    recorder.complete({
      type: reading.outcome,
      timeUs: clock.nowUs(),
      invocation,
      reason: reading.reason,
      ...(exchange.kind === 'response' ? { status: exchange.response.status } : {}),
      ...(reading.told === undefined ? {} : { told: reading.told }),
    })
    return reading
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
