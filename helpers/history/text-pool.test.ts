import { describe, expect, test } from 'vitest'
import { BLOCK_BYTES, createTextPool, doubled } from './text-pool.ts'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')

describe('a pool of texts', () => {
  test('numbers them in the order in which they came, equal ones too, and gives each back', () => {
    const pool = createTextPool()
    const bytes = bytesOf('..c-0001c-0002c-0001')
    expect([pool.add(bytes, 2, 8), pool.add(bytes, 8, 14), pool.add(bytes, 14, 20), pool.add(bytes, 0, 0)]).toEqual([
      0, 1, 2, 3,
    ])
    expect([0, 1, 2, 3].map(pool.read)).toEqual(['c-0001', 'c-0002', 'c-0001', ''])
    expect([0, 1, 2, 3].map(pool.lengthOf)).toEqual([6, 6, 6, 0])
  })

  test('takes an empty text where there is none yet, and where a block is full', () => {
    const pool = createTextPool()
    expect(pool.read(pool.add(bytesOf(''), 0, 0))).toBe('')
    expect(pool.add(Buffer.alloc(BLOCK_BYTES, 'x'), 0, BLOCK_BYTES)).toBe(1)
    expect(pool.read(pool.add(bytesOf(''), 0, 0))).toBe('')
    expect(pool.isAt(2, bytesOf('y'), 0)).toBe(true)
  })

  test('keeps them when the bytes that they came from are used again', () => {
    const pool = createTextPool()
    const bytes = bytesOf('c-0001')
    const id = pool.add(bytes, 0, 6)
    bytes.fill('x')
    expect(pool.read(id)).toBe('c-0001')
  })

  test('sees a text where it stands, and not where its first or its last letter is another', () => {
    const pool = createTextPool()
    pool.add(bytesOf('first'), 0, 5)
    const id = pool.add(bytesOf('c-0042'), 0, 6)
    expect(pool.isAt(id, bytesOf('..c-0042..'), 2)).toBe(true)
    expect(pool.isAt(id, bytesOf('..c-0042..'), 3)).toBe(false)
    expect(pool.isAt(id, bytesOf('..d-0042..'), 2)).toBe(false)
    expect(pool.isAt(id, bytesOf('..c-0043..'), 2)).toBe(false)
    expect(pool.isAt(id, bytesOf('..c-004'), 2)).toBe(false)
  })

  test('begins a new block where the last one has no room, to the byte', () => {
    const pool = createTextPool()
    const letters = ['a', 'b', 'c', 'd', 'e']
    const lengths = [BLOCK_BYTES - 10, 10, 1, BLOCK_BYTES, 7]
    for (const [at, length] of lengths.entries()) pool.add(Buffer.alloc(length, letters[at]), 0, length)
    expect(lengths.map((_, id) => pool.lengthOf(id))).toEqual(lengths)
    // Not by a matcher: it would print millions of letters.
    for (const [id, length] of lengths.entries()) {
      expect(pool.read(id) === (letters[id] as string).repeat(length)).toBe(true)
      expect(pool.isAt(id, Buffer.alloc(length, letters[id]), 0)).toBe(true)
    }
  })

  test('grows past its first size', () => {
    const pool = createTextPool()
    const texts = Array.from({ length: 40_000 }, (_, n) => `n-${n}`)
    expect(texts.every((text, n) => pool.add(bytesOf(text), 0, text.length) === n)).toBe(true)
    expect(texts.every((text, n) => pool.read(n) === text && pool.lengthOf(n) === text.length)).toBe(true)
  })
})

test('twice the room, and the same numbers', () => {
  expect(doubled(Int32Array.of(1, 2, 3), Int32Array)).toEqual(Int32Array.of(1, 2, 3, 0, 0, 0))
})
