import { createTextPool, doubled } from './text-pool.ts'

const FIRST_SLOTS = 32_768
const FREE = -1

/** Texts that repeat, each kept once: equal texts have equal numbers, and read as the very same string. */
export interface TextTable {
  /** The number of `bytes[from, to)`, which are ASCII. */
  idOf(bytes: Uint8Array, from: number, to: number): number
  lengthOf(id: number): number
  /** Whether text `id` stands in `bytes` from `from` on: sooner known than by looking it up. */
  isAt(id: number, bytes: Uint8Array, from: number): boolean
  read(id: number): string
  /** Nothing is looked up any more: forget what only that needs. */
  close(): void
}

/** An empty table. */
export function createTextTable(): TextTable {
  const pool = createTextPool()
  const strings: (string | undefined)[] = []
  let hashes = new Int32Array(FIRST_SLOTS / 2)
  let slots = new Int32Array(FIRST_SLOTS).fill(FREE)
  let count = 0

  /** Never more than half full, so that a look-up meets few others. */
  function grow(): void {
    hashes = doubled(hashes, Int32Array)
    slots = new Int32Array(slots.length * 2).fill(FREE)
    for (let id = 0; id < count; id++) {
      let slot = (hashes[id] as number) & (slots.length - 1)
      while (slots[slot] !== FREE) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = id
    }
  }

  return {
    idOf(bytes, from, to) {
      const hash = hashOf(bytes, from, to)
      let slot = hash & (slots.length - 1)
      for (let id = slots[slot] as number; id !== FREE; id = slots[slot] as number) {
        if (hashes[id] === hash && pool.lengthOf(id) === to - from && pool.isAt(id, bytes, from)) return id
        slot = (slot + 1) & (slots.length - 1)
      }
      const id = pool.add(bytes, from, to)
      slots[slot] = id
      hashes[id] = hash
      strings.push(undefined)
      count++
      if (count * 2 === slots.length) grow()
      return id
    },
    lengthOf: pool.lengthOf,
    isAt: pool.isAt,
    read(id) {
      const known = strings[id]
      if (known !== undefined) return known
      const text = pool.read(id)
      strings[id] = text
      return text
    },
    close() {
      hashes = new Int32Array()
      slots = new Int32Array()
    },
  }
}

/** FNV-1a over four bytes at a time, with its high bits mixed into the low ones, which choose the slot. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5
  let at = from
  for (; at + 4 <= to; at += 4) hash = Math.imul(hash ^ wordAt(bytes, at), 0x01000193) ^ (hash >>> 17)
  for (; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^ (hash >>> 12)
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}
