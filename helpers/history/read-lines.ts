import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

const CHUNK_BYTES = 1024 * 1024

/** One line of a file of JSON values. */
export interface Line {
  readonly text: string
  /** What the line says, where it was read together with its neighbours. */
  readonly value?: unknown
  /** 1-based, as editors count. */
  readonly number: number
  /** Ended by a newline; only the last line of a torn file is not. */
  readonly ended: boolean
}

/**
 * The lines of a file of one JSON value a line, a chunk at a time: what is in memory does not grow with the file.
 * @throws the error of the file system when it cannot be read.
 */
export function* readLines(path: string): Generator<Line> {
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const decoder = new StringDecoder('utf8')
    let rest = ''
    let number = 0
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
      const texts = (rest + decoder.write(chunk.subarray(0, length))).split('\n')
      rest = texts.pop() as string
      const values = parseTogether(texts)
      for (const [at, text] of texts.entries()) {
        number++
        yield values === null ? { text, number, ended: true } : { text, value: values[at], number, ended: true }
      }
    }
    rest += decoder.end()
    if (rest !== '') yield { text: rest, number: ++number, ended: false }
  } finally {
    closeSync(file)
  }
}

/**
 * The values of many lines by one call: half the time of a call each. null when not each of them is one value; then they
 * are read one by one, to say which line it is.
 */
function parseTogether(lines: readonly string[]): readonly unknown[] | null {
  try {
    const values = JSON.parse(`[${lines.join(',')}]`) as unknown[]
    return values.length === lines.length ? values : null
  } catch {
    return null
  }
}
