import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

const CHUNK_BYTES = 1024 * 1024
const NEWLINE = 0x0a

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

/** One line as bytes, without its newline. The next line is the same object: take what is needed at once. */
export interface RawLine {
  bytes: Buffer
  from: number
  to: number
  /** 1-based, as editors count. */
  number: number
  /** Ended by a newline; only the last line of a torn file is not. */
  ended: boolean
}

/**
 * The lines of a file as bytes, for who need not make a text of each.
 * @throws the error of the file system when it cannot be read.
 */
export function* readRawLines(path: string): Generator<RawLine> {
  const file = openSync(path, 'r')
  try {
    const line: RawLine = { bytes: Buffer.allocUnsafe(CHUNK_BYTES), from: 0, to: 0, number: 0, ended: true }
    let rest = 0
    for (;;) {
      // A line that fills the buffer needs a larger one.
      if (rest === line.bytes.length) line.bytes = Buffer.concat([line.bytes], rest * 2)
      const read = readSync(file, line.bytes, rest, line.bytes.length - rest, null)
      if (read === 0) break
      const end = rest + read
      line.from = 0
      for (
        let at = line.bytes.indexOf(NEWLINE, rest);
        at !== -1 && at < end;
        at = line.bytes.indexOf(NEWLINE, at + 1)
      ) {
        line.to = at
        line.number++
        yield line
        line.from = at + 1
      }
      line.bytes.copyWithin(0, line.from, end)
      rest = end - line.from
    }
    if (rest > 0) {
      line.from = 0
      line.to = rest
      line.number++
      line.ended = false
      yield line
    }
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
