import pg from 'pg'
import { expect, test } from 'vitest'
import { databaseOf } from './database-of.ts'

test.each([
  ['postgres://a:b@staging.school.example:5433/exam', 'staging.school.example', 'exam'],
  ['postgresql://staging/exam%2Dprod?sslmode=disable', 'staging', 'exam-prod'],
  ['postgres://staging.school.example/exam?host=db.school.example', 'db.school.example', 'exam'],
])('%s leads where the driver goes', (connectionString, host, database) => {
  expect(databaseOf(connectionString)).toEqual({ host, database })
  expect(new pg.Client({ connectionString })).toMatchObject({ host, database })
})
