import { describe, expect, test } from 'vitest'
import { referenceApi } from '../candidate/reference-api.ts'
import { OPERATION_NAMES, type OperationName } from '../history/operation.ts'
import { readBackendMetrics } from './probe-backend.ts'
import { readInfo } from './probe-redis.ts'
import { readPrometheusText } from './prometheus-text.ts'
import { REFERENCE_ROUTES, routeOf } from './reference-routes.ts'

const METRICS = `# HELP http_requests_total Requests answered.
# TYPE http_requests_total counter
http_requests_total{method="POST",route="/v1/sessions",status_code="201"} 40
http_requests_total{method="GET",route="/metrics",status_code="200"} 3
db_pool_size{worker="w1"} 10
db_pool_size{worker="w2"} 10
db_pool_in_use{worker="w1"} 3
db_pool_in_use{worker="w2"} 4
db_pool_idle{worker="w1"} 1
db_pool_waiting{worker="w1"} 0
worker_exits_total 1
redis_reconnects_total 2
workers_reporting 2
`

describe("the backend's metrics", () => {
  test('pools are summed over the workers, requests kept by route and status', () => {
    expect(readBackendMetrics(METRICS)).toEqual({
      pool: { size: 20, inUse: 7, idle: 1, waiting: 0 },
      workersReporting: 2,
      workerExits: 1,
      redisReconnects: 2,
      requests: { 'POST /v1/sessions 201': 40, 'GET /metrics 200': 3 },
    })
  })

  test('what is not published is null, never zero', () => {
    expect(readBackendMetrics('')).toEqual({
      pool: null,
      workersReporting: null,
      workerExits: null,
      redisReconnects: null,
      requests: null,
    })
    expect(readBackendMetrics(METRICS.replaceAll('db_pool_waiting', 'other')).pool).toBeNull()
  })

  test('published and not yet counted is an empty record', () => {
    expect(readBackendMetrics('# TYPE http_requests_total counter\n').requests).toEqual({})
  })

  test('labels with escapes, exponents, time stamps and lines that are no metric', () => {
    const text = 'a{x="q\\"u\\\\o\\nte",y=""} 1e3 1700000000\nb NaN\nno metric at all\nc{} +Inf\n'
    expect([...readPrometheusText(text)]).toEqual([{ name: 'a', labels: { x: 'q"u\\o\nte', y: '' }, value: 1_000 }])
  })
})

describe('INFO of Redis', () => {
  const INFO = [
    '# Server',
    'run_id:abc',
    'uptime_in_seconds:9',
    'connected_clients:3',
    'blocked_clients:0',
    'used_memory:100',
    'evicted_keys:1',
    'rejected_connections:2',
    'total_commands_processed:5',
    '',
  ]
  test('its figures', () => {
    expect(readInfo(INFO.join('\r\n'))).toMatchObject({ runId: 'abc', evictedKeys: 1, rejectedConnections: 2 })
  })
  test('a figure that is missing or no number is an error, never zero', () => {
    expect(() => readInfo(INFO.filter((line) => !line.startsWith('evicted')).join('\r\n'))).toThrow('evicted_keys')
    expect(() => readInfo(INFO.join('\r\n').replace('used_memory:100', 'used_memory:much'))).toThrow('no number')
  })
})

describe('the routes of the reference backend', () => {
  const tokens = { accessToken: 'a', refreshToken: 'r' }
  const paper = { year: 1, blocks: ['A'], count: 1, durationSeconds: 1 }
  const calls: Record<Exclude<OperationName, 'open-login'>, { readonly method: string; readonly path: string }> = {
    login: referenceApi.login({ email: 'e', password: 'p' }),
    'refresh-token': referenceApi.refreshToken('r'),
    logout: referenceApi.logout(tokens),
    'create-session': referenceApi.createSession(tokens, { examId: 'e', idempotencyKey: 'k', paper }),
    'current-session': referenceApi.currentSession(tokens, 'e'),
    'read-session': referenceApi.readSession(tokens, 'S'),
    'read-questions': referenceApi.readQuestions(tokens, 'S', 1, 2),
    'save-answer': referenceApi.saveAnswer(tokens, { session: 'S', question: 'q', value: 1, version: 1, nonce: 'n' }),
    submit: referenceApi.submit(tokens, 'S', 'k'),
    review: referenceApi.review(tokens, 'S'),
  }
  test('there is none for a log-in that is opened first, and what is not there is no route', () => {
    expect(() => routeOf(REFERENCE_ROUTES, 'open-login')).toThrow('no route for open-login')
  })
  const names = OPERATION_NAMES.filter((f) => f !== 'open-login')
  test.each(names)('%s is counted under what candidates call', (f) => {
    const { method, route } = routeOf(REFERENCE_ROUTES, f)
    const { path } = calls[f]
    expect(`${calls[f].method} ${path.split('?')[0]}`).toBe(`${method} ${route.replace(':id', 'S')}`)
  })
})
