import { expect, test } from 'vitest'
import { readRequestLog } from './observability/request-log.ts'
import { checkOf } from './testing/phase-of.ts'
import { withLogLines } from './witness-log.ts'

const LOG = JSON.stringify({
  event: 'request',
  request_id: 'r-1',
  method: 'POST',
  route: '/v1/sessions/:id/answer',
  status_code: 200,
  duration_ms: 12.5,
  user_id: 'u-7',
})
const broken = checkOf({
  valid: false,
  examples: [{ summary: 'an answer is gone', operations: ['a', 'b'], rows: [], requestIds: ['r-1', 'r-2'] }],
})

test('each request of a witness comes with what the backend logged of it, or that it logged nothing', () => {
  const [verdict] = withLogLines([broken], { known: true, log: readRequestLog(LOG) })
  expect(verdict?.examples[0]?.logLines).toEqual([
    'request r-1: POST /v1/sessions/:id/answer 200 after 12.5 ms, user u-7',
    'request r-2 is not in the log',
  ])
})

test('a log that could not be had is no log without these requests', () => {
  expect(withLogLines([broken], { known: false, reason: 'the container is gone' })).toEqual([broken])
})
