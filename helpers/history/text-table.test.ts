import { expect, test } from 'vitest'
import { createTextTable } from './text-table.ts'

const idOf = (table: ReturnType<typeof createTextTable>, text: string) =>
  table.idOf(Buffer.from(`<${text}>`, 'latin1'), 1, text.length + 1)

test('equal texts have equal numbers, and different ones have not', () => {
  const table = createTextTable()
  // Of every length, so that each way to read the last bytes is met; and differing in each place.
  const texts = Array.from({ length: 12 }, (_, length) =>
    Array.from({ length: length + 1 }, (_, at) => `${'a'.repeat(at)}b${'a'.repeat(length - at)}`),
  ).flat()
  const ids = texts.map((text) => idOf(table, text))
  expect(ids).toEqual(texts.map((_, n) => n))
  expect(texts.map((text) => idOf(table, text))).toEqual(ids)
  expect(ids.map(table.read)).toEqual(texts)
  expect(ids.map(table.lengthOf)).toEqual(texts.map(({ length }) => length))
})

test('a text that begins another one, and the empty one, are texts of their own', () => {
  const table = createTextTable()
  const texts = ['', 'q', 'q-1', 'q-10', 'q-100']
  expect(texts.map((text) => idOf(table, text))).toEqual([0, 1, 2, 3, 4])
  expect(texts.toReversed().map((text) => idOf(table, text))).toEqual([4, 3, 2, 1, 0])
})

test('a text is the same wherever it stands, whatever comes before and behind it', () => {
  const table = createTextTable()
  // Of every length that the last bytes may have.
  const texts = ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg', 'abcdefgh', 'abcdefghi']
  for (const around of ['<<<<>>>>', '0123}},{', ':"::",":']) {
    const idAround = (text: string) => {
      const bytes = Buffer.from(`${around.slice(0, 4)}${text}${around.slice(4)}`)
      return table.idOf(bytes, 4, 4 + text.length)
    }
    expect(texts.map(idAround), around).toEqual(texts.map((_, n) => n))
  }
})

test('texts of which chance makes one number to look them up by are told apart', () => {
  // One hash each pair, computed backwards from how it is made: of one length, and a text that goes on with another.
  for (const pair of [
    ['c-000001', '0137Tqpc'],
    ['neaa', 'neaa7hwd', 'neaa7hwd7hwd'],
  ]) {
    for (const texts of [pair, pair.toReversed()]) {
      const table = createTextTable()
      expect(texts.map((text) => idOf(table, text))).toEqual(texts.map((_, n) => n))
      expect(texts.map((text) => table.read(idOf(table, text)))).toEqual(texts)
    }
  }
})

test('is found where it stands without being looked up', () => {
  const table = createTextTable()
  const id = idOf(table, 'steady')
  expect(table.isAt(id, Buffer.from('"steady"'), 1)).toBe(true)
  expect(table.isAt(id, Buffer.from('"stead!"'), 1)).toBe(false)
})

test('grows past its first size, and still knows everything from before', () => {
  const table = createTextTable()
  const texts = Array.from({ length: 70_000 }, (_, n) => `00000003-${n}-4000-8000-${n % 7}`)
  expect(texts.every((text, n) => idOf(table, text) === n)).toBe(true)
  expect(texts.every((text, n) => idOf(table, text) === n)).toBe(true)
  expect(texts.every((text, n) => table.read(n) === text)).toBe(true)
})

test('what was read is read again after everything that only looking up needs is forgotten', () => {
  const table = createTextTable()
  const [first, second] = [idOf(table, 'c-0001'), idOf(table, 'c-0002')]
  expect(table.read(first)).toBe('c-0001')
  table.close()
  expect([table.read(first), table.read(second), table.lengthOf(second)]).toEqual(['c-0001', 'c-0002', 6])
})
