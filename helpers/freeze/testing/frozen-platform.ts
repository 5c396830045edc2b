import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExamApi, HttpResponse, Tokens } from '../../candidate/exam-api.ts'
import type { JobRunRow, ProtectedState } from '../protected-state.ts'
import { MODEL_CONTRACT } from './model-freeze.ts'

/** The contract of the model, of a platform that knows of a toggle at once. */
export const FAST_CONTRACT = { ...MODEL_CONTRACT, propagationMs: 100 }

/** A platform in this process that keeps the model's freeze: one worker, its tables and its jobs in memory. */
export interface FrozenPlatform extends AsyncDisposable {
  readonly baseUrl: () => string
  readonly api: ExamApi
  readonly state: ProtectedState
  /** Of the contract's jobs, by the first word of the command. */
  runJob(command: readonly string[]): Promise<{ readonly exitCode: number }>
  /** To be set by a test: what the platform does instead. */
  readonly instead: {
    /** Life of the access tokens that are given out, seconds. */
    tokenLifeS: number
    logIns: 'given' | 'refused'
    /** Jobs that never end, by the first word of the command. */
    hangs: (command: readonly string[]) => boolean
  }
  /** What was asked for, in order: `GET /freeze 200`. */
  readonly asked: readonly string[]
}

/** What a platform with sessions of its own gives out, and wants back with every request. */
const SESSION = { accessToken: 'a-session', refreshToken: 'against-forgery' }
/** What its log-in wants. */
const FORM = { csrf: 'of-the-form' }

/** Start it on a free port of this machine. It knows an administrator by a bearer token, or by a cookie and a header that take two steps to get. */
export async function startFrozenPlatform(by: 'bearer' | 'cookie' = 'bearer'): Promise<FrozenPlatform> {
  const instead: FrozenPlatform['instead'] = { tokenLifeS: 3_600, logIns: 'given', hangs: () => false }
  const asked: string[] = []
  const rows = new Map<string, number>([
    ['ranks', 0],
    ['outbox', 0],
  ])
  const runs: JobRunRow[] = []
  let isFrozen = false

  const isKnown = ({ authorization, cookie, 'x-csrf-token': forged }: IncomingHttpHeaders): boolean =>
    by === 'cookie'
      ? authorization === undefined && cookie === `sid=${SESSION.accessToken}` && forged === SESSION.refreshToken
      : !isOver(authorization?.replace('Bearer ', '') ?? '')
  const answer = (method: string, path: string, headers: IncomingHttpHeaders, body: string): [number, object] => {
    if (path === '/login' && method === 'GET') return instead.logIns === 'given' ? [200, FORM] : [503, {}]
    if (path === '/login' && by === 'cookie' && headers['x-csrf-token'] !== FORM.csrf) return [403, {}]
    if (path === '/login') {
      const tokens = by === 'cookie' ? SESSION : { accessToken: tokenOf(instead.tokenLifeS), refreshToken: '' }
      return instead.logIns === 'given' ? [200, tokens] : [503, {}]
    }
    if (!isKnown(headers)) return [401, {}]
    if (path === FAST_CONTRACT.switchPath) {
      if (method === 'POST') isFrozen = JSON.parse(body).enabled
      return [200, { enabled: isFrozen, source: 'memory' }]
    }
    const operation = FAST_CONTRACT.operations.find((one) => one.path === path)
    if (operation === undefined) return [404, {}]
    if (operation.underFreeze === 'refused') {
      if (isFrozen) return [403, { error_code: 'EXAM_MODE_ACTIVE', message: '', details: {} }]
      for (const table of operation.changes) rows.set(table, (rows.get(table) ?? 0) + 1)
    }
    return [200, {}]
  }
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text) => {
      body += text
    })
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const [status, json] = answer(method, url, headers, body)
      asked.push(`${method} ${url} ${status}`)
      response.writeHead(status, { 'content-type': 'application/json', 'x-worker': 'w1' })
      response.end(JSON.stringify(status === 403 ? { ...json, request_id: headers['x-request-id'] } : json))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    instead,
    asked,
    baseUrl: () => `http://127.0.0.1:${port}`,
    // Of an administrator: the log-in, and nothing else.
    api: {
      login: (_, form) => ({
        method: 'POST',
        path: '/login',
        headers: {
          'content-type': 'application/json',
          ...(form?.csrf === undefined ? {} : { 'x-csrf-token': form.csrf }),
        },
        body: '{}',
        read: ({ status, body }) =>
          status === 200
            ? { outcome: 'ok', reason: 'success', reply: JSON.parse(body) }
            : { outcome: 'fail', reason: 'refused' },
      }),
      ...(by === 'bearer'
        ? {}
        : {
            openLogin: () => ({
              method: 'GET' as const,
              path: '/login',
              headers: {},
              read: ({ status, body }: HttpResponse) =>
                status === 200
                  ? ({ outcome: 'ok', reason: 'success', reply: JSON.parse(body) } as const)
                  : ({ outcome: 'fail', reason: 'refused' } as const),
            }),
            authorise: ({ accessToken, refreshToken }: Tokens) => ({
              cookie: `sid=${accessToken}`,
              'x-csrf-token': refreshToken,
            }),
          }),
    } satisfies Partial<ExamApi> as Partial<ExamApi> as ExamApi,
    state: {
      tables: async () => new Map([...rows].map(([name, count]) => [name, `${count}`])),
      jobRuns: async () => structuredClone(runs),
      [Symbol.asyncDispose]: async () => undefined,
    },
    async runJob(command) {
      if (instead.hangs(command)) return await new Promise(() => undefined)
      const [job = ''] = command
      const status = isFrozen ? 'SKIPPED' : 'DONE'
      runs.push({ id: String(runs.length), job, status, reason: '', steps_done: isFrozen ? 0 : 1, rows_written: 0 })
      return { exitCode: 0 }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function tokenOf(lifeS: number): string {
  const nowS = Date.now() / 1_000
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: 'admin', iat: nowS, exp: nowS + lifeS })}.`
}

function isOver(token: string): boolean {
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8') || '{}')
  return !(payload.exp > Date.now() / 1_000)
}
