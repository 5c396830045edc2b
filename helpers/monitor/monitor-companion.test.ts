import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ExamApi } from '../candidate/exam-api.ts'
import { monotonicClock, takeEpoch } from '../clock.ts'
import { memoryRecorder } from '../load/testing/memory-recorder.ts'
import tiny from '../platform/testing/tiny-platform.ts'
import { monitorCompanion } from './monitor-companion.ts'

const COUNTS = { active: 1, submitted: 0, expired: 0, answers: 0 }

/** Ends the day, and what the platform was asked for without being told who asks. */
let over: AbortController
let strangers: string[]
const server = createServer(({ method, url, headers }, response) => {
  const isKnown = headers.cookie === 'sid=s' && headers['x-csrf-token'] === 'c'
  const isForm = url === '/in' && (method === 'GET' || headers['x-csrf-token'] === 'form')
  if (url === '/summary') over.abort()
  if (url === '/summary' && !isKnown) strangers.push(`${method} ${url}`)
  response.statusCode = isForm || isKnown ? 200 : 401
  response.end('{}')
})
let dir: string
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  dir = await mkdtemp(join(tmpdir(), 'monitor-'))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(dir, { recursive: true })
})

const api: ExamApi = {
  ...tiny.api,
  openLogin: () => ({
    method: 'GET',
    path: '/in',
    headers: {},
    read: () => ({ outcome: 'ok', reason: 'success', reply: { csrf: 'form' } }),
  }),
  login: (credentials, form) => ({
    ...tiny.api.login(credentials),
    headers: { 'x-csrf-token': `${form?.csrf}` },
    read: ({ status }) =>
      status === 200
        ? { outcome: 'ok', reason: 'success', reply: { accessToken: 's', refreshToken: 'c' } }
        : { outcome: 'fail', reason: 'unauthorized' },
  }),
  authorise: ({ accessToken, refreshToken }) => ({ cookie: `sid=${accessToken}`, 'x-csrf-token': refreshToken }),
}

/** Watch until the first look is answered. What the platform was asked by somebody it did not know, and what was written down. */
async function watch(as: ExamApi) {
  over = new AbortController()
  strangers = []
  const recorder = memoryRecorder()
  const { port } = server.address() as AddressInfo
  const companion = monitorCompanion({
    platform: { api: as, monitor: { path: () => '/summary', read: () => COUNTS } },
    admin: { email: 'a@example.org', password: 'secret' },
    examId: 'e',
  })
  await companion.play({
    stage: { baseUrl: () => `http://127.0.0.1:${port}` },
    clock: monotonicClock(takeEpoch()),
    recorder,
    signal: over.signal,
    dir,
  } as never)
  return { strangers, recorder }
}

test('an invigilator logs in in two steps, each written down, and not without the first', async () => {
  const { recorder } = await watch(api)
  expect(recorder.events).toMatchObject([
    { type: 'invoke', candidate: 'exam-invigilator', f: 'open-login' },
    { type: 'ok', status: 200 },
    { type: 'invoke', candidate: 'exam-invigilator', f: 'login' },
    { type: 'ok', status: 200 },
  ])
  const { openLogin: _, ...once } = api
  await expect(watch(once)).rejects.toMatchObject({
    code: 'PRECONDITION_FAILED',
    seen: 'the log-in ended with unauthorized',
  })
})

test('an invigilator is known by the headers of the adapter, and by a bearer token where it names none', async () => {
  expect((await watch(api)).strangers).toEqual([])
  const { authorise: _, ...bare } = api
  expect((await watch(bare)).strangers).toEqual(['GET /summary'])
})
