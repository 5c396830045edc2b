import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** One stream of random draws. Stateful: the n-th draw of a scope is the same in every run with the same seed. */
export interface Random {
  /** Uniform in [from, to); both in the same unit. */
  uniform(from: number, to: number): number
  /** Uniform whole number in [from, to], both included. */
  integer(from: number, to: number): number
  /** True with this probability, 0..1. */
  chance(probability: number): boolean
  /** One of `items`. @throws RangeError when there is nothing to pick from. */
  pick<Item>(items: readonly Item[]): Item
  /** A shuffled copy (Fisher-Yates). */
  shuffle<Item>(items: readonly Item[]): Item[]
  /** A version 4 UUID drawn from this stream. */
  uuid(): string
}

/**
 * An independent stream for one purpose, for example `seededRandom(seed, 'c-0042', 'think-time')`.
 *
 * The scope is hashed into the state, so that one candidate drawing once more never shifts what another one draws:
 * a plan stays comparable when a single behaviour is changed (P19).
 *
 * @param seed unsigned 32-bit
 */
export function seededRandom(seed: number, ...scope: readonly (string | number)[]): Random {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...scope]))
    .digest()
  const state: number[] = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset))
  // Xoroshiro never leaves the all-zero state.
  if (!state.some((word) => word !== 0)) state[0] = 1
  const generator = xoroshiro128plusFromState(state)
  const integer = (from: number, to: number): number => uniformInt(generator, from, to)

  return {
    uniform: (from, to) => from + uniformFloat64(generator) * (to - from),
    integer,
    chance: (probability) => uniformFloat64(generator) < probability,
    pick<Item>(items: readonly Item[]): Item {
      if (items.length === 0) throw new RangeError('pick needs at least one item, instead got an empty list')
      return items[integer(0, items.length - 1)] as Item
    },
    shuffle<Item>(items: readonly Item[]): Item[] {
      const shuffled = [...items]
      for (let last = shuffled.length - 1; last > 0; last -= 1) {
        const other = integer(0, last)
        const swapped = shuffled[last] as Item
        shuffled[last] = shuffled[other] as Item
        shuffled[other] = swapped
      }
      return shuffled
    },
    uuid() {
      const one = generator.next()
      const two = (generator.next() & 0xff0fffff) | 0x00400000
      const three = (generator.next() & 0xffffff3f) | 0x00000080
      const four = generator.next()
      let at = putHex(0, one, 0, 4)
      at = putHex(at + 1, two, 0, 2)
      at = putHex(at + 1, two, 2, 4)
      at = putHex(at + 1, three, 0, 2)
      at = putHex(at + 1, three, 2, 4)
      putHex(at, four, 0, 4)
      return digits.toString('latin1')
    },
  }
}

/** One for all: a text that is joined from its digits is made several times over before it is whole. */
const digits = Buffer.from('00000000-0000-0000-0000-000000000000')

/** Bytes `from` to `to` of a word, the lowest first. Returns where its digits end. */
function putHex(first: number, word: number, from: number, to: number): number {
  let at = first
  for (let byte = from; byte < to; byte += 1) {
    digits[at] = hexDigit((word >>> (8 * byte + 4)) & 0xf)
    digits[at + 1] = hexDigit((word >>> (8 * byte)) & 0xf)
    at += 2
  }
  return at
}

/** @param value 0 to 15 */
function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x61 - 10 + value
}
