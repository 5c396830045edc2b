import pg from 'pg'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { referenceApi } from './candidate/reference-api.ts'
import { databaseProblems } from './outside/database-problems.ts'
import { settle } from './settle.ts'
import { spellingsOfExam } from './spellings-of-exam.ts'

const SMALL = '0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'
const CAPITAL = SMALL.toUpperCase()

afterEach(() => {
  vi.restoreAllMocks()
})

/** A database that answers each question with one row. */
function database(answer: (sql: string, values: readonly unknown[]) => object) {
  vi.spyOn(pg.Client.prototype, 'connect').mockImplementation(async () => undefined)
  vi.spyOn(pg.Client.prototype, 'end').mockImplementation(async () => undefined)
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation((async (sql: string, values: readonly unknown[] = []) => ({
    rows: [answer(sql, values)],
  })) as never)
}

describe('an exam whose id is a UUID in capital letters', () => {
  test('is written as it was given or as PostgreSQL prints it; of a text, case counts', () => {
    expect(spellingsOfExam(CAPITAL)).toEqual([CAPITAL, SMALL])
    expect(spellingsOfExam(SMALL)).toEqual([SMALL])
    expect(spellingsOfExam('SUMMER')).toEqual(['SUMMER'])
  })

  test('was sat by whoever has a session in it', async () => {
    database((sql, values) => {
      if (sql.includes('pg_is_in_recovery')) return { copies: 0 }
      if (sql.includes('pg_class')) return { tables: 0 }
      if (sql.includes('exam_id')) return { sessions: [values[1]].flat().includes(SMALL) ? 3 : 0 }
      return { seesOthers: 1 }
    })
    const problems = await databaseProblems({
      databaseUrl: 'postgres://db',
      map: (sql) => sql,
      others: 'tolerated',
      emails: ['c-1@example.org'],
      examId: CAPITAL,
    })
    expect(problems.map(({ seen }) => seen)).toEqual([`3 sessions of theirs in exam ${CAPITAL}`])
  })

  test('is waited for until the last of its sessions is over', async () => {
    database((_sql, values) => ({ left_ms: values[0] === SMALL ? 400 : null }))
    const asked = { databaseUrl: 'postgres://db', examId: CAPITAL, durationSeconds: 60, graceSeconds: 0 }
    const begun = performance.now()
    await settle({ ...asked, signal: new AbortController().signal, quietWithinMs: 1 }).catch(() => undefined)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(390)
  })

  test('is the exam of a reply that names it as the database prints it', () => {
    const tokens = { accessToken: 'a', refreshToken: 'r' }
    const body = { session_id: 's-1', exam_id: SMALL, status: 'ACTIVE', total_questions: 1, expires_at: 'later' }
    const read = (examId: string, echoed: string) =>
      referenceApi
        .currentSession(tokens, examId)
        .read({ status: 200, headers: {}, body: JSON.stringify({ ...body, exam_id: echoed }) }).reason
    expect(read(CAPITAL, SMALL)).toBe('success')
    expect(read(SMALL, CAPITAL)).toBe('echo-mismatch')
    expect(read('SUMMER', 'summer')).toBe('echo-mismatch')
  })
})
