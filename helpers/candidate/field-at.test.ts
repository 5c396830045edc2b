import { expect, test } from 'vitest'
import { fieldAt, fieldsOf } from './field-at.ts'

const BODY = { error: { code: 'X', more: { deep: 1 } }, 'a.b': 2, list: [{ code: 'Y' }], none: null }

test.each([
  ['error', BODY.error],
  ['error.code', 'X'],
  ['error.more.deep', 1],
  ['a.b', 2],
  ['error.other', undefined],
  ['error.code.length', undefined],
  ['list.0.code', undefined],
  ['none.code', undefined],
  ['toString', undefined],
  ['error.', undefined],
])('%s', (path, value) => {
  expect(fieldAt(BODY, path)).toEqual(value)
})

test.each([null, undefined, 'text', 3, []])('%j has no fields', (body) => {
  expect(fieldAt(body, 'length')).toBeUndefined()
})

test('the fields of a body are told as deep as they are asked for', () => {
  const body = { error: { code: 'X', text: 'y' }, id: 1 }
  expect(fieldsOf(body, ['error', 'id'])).toEqual(['error', 'id'])
  expect(fieldsOf(body, ['error.code'])).toEqual(['error.code', 'error.text', 'id'])
  expect(fieldsOf({ error: 'X' }, ['error.code'])).toEqual(['error'])
})
