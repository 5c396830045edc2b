import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
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

/** Of the clock: two looks are 20 s apart. */
const FASTER = 40
const COUNTS = { active: 1, submitted: 0, expired: 0, answers: 0 }

/** Ends the day, and what the platform was asked for without being told who asks. */
let over: AbortController
let strangers: string[]
/** The session that is known; null: nobody can log in. */
let known: string | null
/** Told of each look, with the number that came before it. */
let onLook: (before: number) => void
let looks: number
const server = createServer(({ method, url, headers }, response) => {
  const isKnown = known !== null && headers.cookie === `sid=${known}` && headers['x-csrf-token'] === 'c'
  const isForm = url === '/in' && known !== null && (method === 'GET' || headers['x-csrf-token'] === 'form')
  if (url === '/summary' && !isKnown) strangers.push(`${method} ${url}`)
  response.statusCode = isForm || isKnown ? 200 : 401
  response.end(JSON.stringify({ sid: known }))
  if (url === '/summary') onLook(looks++)
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
    read: ({ status }) =>
      status === 200
        ? { outcome: 'ok', reason: 'success', reply: { csrf: 'form' } }
        : { outcome: 'fail', reason: 'unauthorized' },
  }),
  login: (credentials, form) => ({
    ...tiny.api.login(credentials),
    headers: { 'x-csrf-token': `${form?.csrf}` },
    read: ({ status, body }) =>
      status === 200
        ? { outcome: 'ok', reason: 'success', reply: { accessToken: JSON.parse(body).sid, refreshToken: 'c' } }
        : { outcome: 'fail', reason: 'unauthorized' },
  }),
  authorise: ({ accessToken, refreshToken }) => ({ cookie: `sid=${accessToken}`, 'x-csrf-token': refreshToken }),
}

/**
 * Watch until the first look is answered, or `then` ends the day. What the platform was asked by somebody it did not know, and
 * what was written down.
 */
async function watch(as: ExamApi, then: typeof onLook = () => over.abort()) {
  over = new AbortController()
  strangers = []
  known = 's'
  looks = 0
  onLook = then
  const recorder = memoryRecorder()
  const { port } = server.address() as AddressInfo
  const companion = monitorCompanion({
    platform: { api: as, monitor: { path: () => '/summary', read: () => COUNTS } },
    admin: { email: 'a@example.org', password: 'secret' },
    examId: 'e',
  })
  const clock = monotonicClock(takeEpoch())
  await companion.play({
    stage: { baseUrl: () => `http://127.0.0.1:${port}` },
    clock: { ...clock, nowUs: () => clock.nowUs() * FASTER },
    recorder,
    signal: over.signal,
    dir,
  } as never)
  const written = await readFile(join(dir, 'monitor.ndjson'), 'utf8')
  return {
    strangers,
    recorder,
    seen: written
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  }
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

test('an invigilator whose session ends before its time logs in again, also when that cannot be done at once', async () => {
  const { recorder, strangers, seen } = await watch(api, (before) => {
    if (before === 0) known = null
    if (before === 2) known = 't'
    if (before === 4) over.abort()
  })
  expect(seen.slice(0, 4).map(({ counts, reason }) => reason ?? counts)).toEqual([
    COUNTS,
    'status 401',
    'status 401',
    COUNTS,
  ])
  expect(strangers).toHaveLength(2)
  expect(recorder.events.flatMap((event) => (event.type === 'invoke' ? [] : [event.reason]))).toEqual([
    ...['success', 'success'],
    'unauthorized',
    ...['success', 'success'],
  ])
})
