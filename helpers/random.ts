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
      const bytes = Buffer.alloc(16)
      for (let offset = 0; offset < 16; offset += 4) bytes.writeInt32LE(generator.next() | 0, offset)
      bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
      bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
      const hex = bytes.toString('hex')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
    },
  }
}
