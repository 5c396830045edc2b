/** No text is longer. */
export const BLOCK_BYTES = 4 * 1024 * 1024
const FIRST_CAPACITY = 16_384

/** Many short texts at their length in bytes, a seventh of what as many strings take. Each is known by a number. */
export interface TextPool {
  /** Keep `bytes[from, to)`, which are ASCII and at most `BLOCK_BYTES`. @returns its number: 0, 1, 2, ... */
  add(bytes: Uint8Array, from: number, to: number): number
  lengthOf(id: number): number
  /** Whether text `id` stands in `bytes` from `from` on. */
  isAt(id: number, bytes: Uint8Array, from: number): boolean
  /** A new string each time. */
  read(id: number): string
}

/** An empty pool. It only grows, in blocks, so that growing copies nothing. */
export function createTextPool(): TextPool {
  const blocks: Buffer[] = []
  let starts = new Float64Array(FIRST_CAPACITY)
  let lengths = new Int32Array(FIRST_CAPACITY)
  let count = 0
  let usedBytes = BLOCK_BYTES

  return {
    add(bytes, from, to) {
      const length = to - from
      // An empty text stands somewhere, too.
      if (usedBytes + Math.max(1, length) > BLOCK_BYTES) {
        blocks.push(Buffer.allocUnsafeSlow(BLOCK_BYTES))
        usedBytes = 0
      }
      if (count === starts.length) {
        starts = doubled(starts, Float64Array)
        lengths = doubled(lengths, Int32Array)
      }
      const block = blocks[blocks.length - 1] as Buffer
      for (let at = 0; at < length; at++) block[usedBytes + at] = bytes[from + at] as number
      starts[count] = (blocks.length - 1) * BLOCK_BYTES + usedBytes
      lengths[count] = length
      usedBytes += length
      return count++
    },
    lengthOf: (id) => lengths[id] as number,
    isAt(id, bytes, from) {
      const length = lengths[id] as number
      const start = starts[id] as number
      const block = blocks[Math.floor(start / BLOCK_BYTES)] as Buffer
      const offset = start % BLOCK_BYTES
      for (let at = 0; at < length; at++) if (block[offset + at] !== bytes[from + at]) return false
      return true
    },
    read(id) {
      const start = starts[id] as number
      const offset = start % BLOCK_BYTES
      const block = blocks[Math.floor(start / BLOCK_BYTES)] as Buffer
      return block.toString('latin1', offset, offset + (lengths[id] as number))
    },
  }
}

/** The same numbers with room for twice as many. */
export function doubled<Numbers extends Float64Array | Int32Array | Uint32Array | Int16Array | Uint8Array>(
  numbers: Numbers,
  Kind: new (length: number) => Numbers,
): Numbers {
  const more = new Kind(numbers.length * 2)
  more.set(numbers)
  return more
}
