import { describe, expect, test } from 'vitest'
import { looksLikeProduction } from './looks-like-production.ts'

describe('what looks like production', () => {
  test.each([
    ['exam.school.example'],
    ['www.exam.example'],
    ['prod.exam.example'],
    ['exam-prod-2.internal'],
    ['staging.prod.exam.example'],
    ['live.exam.example'],
    ['10.0.0.7'],
    // A word, and no part of one.
    ['contest.exam.example'],
    ['devices.exam.example'],
  ])('%s does', (host) => {
    expect(looksLikeProduction([host])).toContain(host)
  })

  test.each([
    ['staging.exam.example'],
    ['exam-staging2.internal'],
    ['preprod.exam.example'],
    ['qa.exam.example'],
    ['localhost'],
    ['127.0.0.1'],
    ['[::1]'],
  ])('%s does not', (host) => {
    expect(looksLikeProduction([host])).toBeUndefined()
  })

  test('a tunnel on this machine to a database of production does', () => {
    expect(looksLikeProduction(['127.0.0.1', 'exam_prod'])).toBe('"prod" in 127.0.0.1, database exam_prod')
    expect(looksLikeProduction(['127.0.0.1', 'exam'])).toBeUndefined()
    expect(looksLikeProduction(['db.school.example', 'exam_staging'])).toBeUndefined()
    expect(looksLikeProduction(['db.school.example', 'exam'])).toMatch(/nothing in db.school.example, database exam/)
  })
})
