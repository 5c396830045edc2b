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
    ['staging.exam.live'],
    ['10.0.0.7'],
    // A word, and no part of one.
    ['contest.exam.example'],
    ['devices.exam.example'],
    // Where it was registered says nothing.
    ['moe.gov.qa'],
    ['moe.gov.qa.'],
    ['myexam.dev'],
    ['concours.ci'],
    ['exams.local'],
    // On a platform for tests neither does the word.
    ['tests.university.example'],
    ['test.university.example'],
    ['national-testing.example'],
    ['exam.test'],
  ])('the host %s does', (host) => {
    expect(looksLikeProduction(host)).toContain(host)
  })

  test.each([
    ['staging.exam.example'],
    ['exam-staging2.internal'],
    ['preprod.exam.example'],
    ['qa.exam.example'],
    ['staging.moe.gov.qa'],
    ['dev.myexam.dev'],
    ['tests-uat.university.example'],
    // A name in a network of its own.
    ['staging'],
    ['localhost'],
    ['127.0.0.1'],
    ['[::1]'],
  ])('the host %s does not', (host) => {
    expect(looksLikeProduction(host)).toBeUndefined()
  })

  test.each([
    ['127.0.0.1', 'exam_prod', '"prod" in 127.0.0.1, database exam_prod'],
    ['db.school.example', 'exam', 'nothing in db.school.example, database exam'],
    ['db.school.example', 'test_platform', 'nothing in db.school.example, database test_platform'],
    ['db.school.example', 'exam_test', 'nothing in db.school.example, database exam_test'],
    ['db.school.qa', 'exam', 'nothing in db.school.qa, database exam'],
    ['db.school.example', 'localhost', 'nothing in db.school.example'],
  ])('on %s the database %s does', (host, database, why) => {
    expect(looksLikeProduction(host, database)).toContain(why)
  })

  test.each([
    ['127.0.0.1', 'exam'],
    ['db.school.example', 'exam_staging'],
    ['staging.school.example', 'test_platform'],
  ])('on %s the database %s does not', (host, database) => {
    expect(looksLikeProduction(host, database)).toBeUndefined()
  })
})
