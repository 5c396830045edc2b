import { describe, expect, test } from 'vitest'
import { seededRandom } from './random.ts'

const draw = (...scope: (string | number)[]) => {
  const random = seededRandom(42, ...scope)
  return [random.uniform(0, 1), random.integer(0, 1_000_000), random.uuid()]
}

describe('a seeded stream', () => {
  test('draws the same again for the same seed and scope', () => {
    expect(draw('c-0001', 'think-time')).toEqual(draw('c-0001', 'think-time'))
  })

  test('is another one for another seed, candidate or purpose', () => {
    const streams = [draw('c-0001', 'a'), draw('c-0001', 'b'), draw('c-0002', 'a'), draw('c-0001a')]
    expect(new Set(streams.map((stream) => JSON.stringify(stream))).size).toBe(4)
    expect(seededRandom(1).uuid()).not.toBe(seededRandom(2).uuid())
  })

  test('does not shift when another candidate draws more', () => {
    const other = seededRandom(42, 'c-0001')
    const own = seededRandom(42, 'c-0002')
    const undisturbed = seededRandom(42, 'c-0002')
    for (let draws = 0; draws < 10; draws += 1) other.uniform(0, 1)
    expect(own.integer(0, 9_999)).toBe(undisturbed.integer(0, 9_999))
  })

  test('keeps to its bounds and reaches them', () => {
    const random = seededRandom(3)
    const seen = new Set(Array.from({ length: 200 }, () => random.integer(0, 4)))
    expect([...seen].toSorted()).toEqual([0, 1, 2, 3, 4])
    for (let draws = 0; draws < 1_000; draws += 1) {
      const value = random.uniform(5, 30)
      expect(value).toBeGreaterThanOrEqual(5)
      expect(value).toBeLessThan(30)
    }
  })

  test('tosses with the probability it is given', () => {
    const random = seededRandom(5)
    const heads = Array.from({ length: 10_000 }, () => random.chance(0.1)).filter(Boolean).length
    expect(heads).toBeGreaterThan(900)
    expect(heads).toBeLessThan(1_100)
  })

  test('shuffles a copy and loses nothing', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8]
    const shuffled = seededRandom(9).shuffle(items)
    expect(shuffled).not.toEqual(items)
    expect(shuffled.toSorted()).toEqual(items)
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('makes version 4 UUIDs that differ', () => {
    const random = seededRandom(11)
    const ids = Array.from({ length: 1_000 }, () => random.uuid())
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(ids).size).toBe(1_000)
    // Of a seed, for ever: what was recorded with it is compared with what it gives today.
    expect(ids[0]).toBe('d06d1ae7-ced3-4ef7-9f72-fe48f5073f1b')
  })

  test('refuses to pick from nothing', () => {
    expect(() => seededRandom(1).pick([])).toThrow(/at least one item/)
    expect(['a', 'b']).toContain(seededRandom(1).pick(['a', 'b']))
  })
})
