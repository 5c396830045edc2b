import type { HttpResponse } from './exam-api.ts'

/** An answer that has come to its end. */
export interface ReadResponse {
  readonly response: HttpResponse
  /** How long the connection may be used again, ms from now; 0: not at all, null: the server does not say. */
  readonly reusableMs: number | null
}

/** Reads the answers of one connection, one after another. */
export interface ResponseReader {
  /**
   * The next bytes, `bytes[0, length)`; they are only read during the call and may be overwritten after it.
   *
   * @returns the answer, when these bytes complete it
   * @throws Error for what is no HTTP/1.1 answer
   */
  push(bytes: Buffer, length?: number): ReadResponse | undefined
  /** The server will send no more. @returns the answer whose end that is; undefined: it was cut short */
  end(): ReadResponse | undefined
}

/** As much as Node's own client takes, four times over. */
const MAX_HEAD_BYTES = 64 * 1_024
const MAX_CHUNK_LINE_BYTES = 1_024
const BYTE_ORDER_MARK = 0xfeff
const END_OF_HEAD = '\r\n\r\n'
const MAX_HEADER_NAMES = 500
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** RFC 9110, 5.5: what a value may hold. */
const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/
const WHOLE_NUMBER = /^\d{1,15}$/
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;.*)?$/

/** What an answer's head says of it. */
interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Bytes, or how its end is told. */
  readonly body: number | 'chunked' | 'until-close'
  readonly reusableMs: number | null
}

/**
 * RFC 9112 as far as a client of an exam needs it: one request at a time, so one answer at a time. Strict where two
 * readers could see two different ends of an answer: a candidate is never told a thing that another client would not
 * have been told. An answer that is one piece in one read, as nearly all are, is read without a copy.
 */
export function createResponseReader(): ResponseReader {
  /** Bytes that are not understood yet; a copy. */
  let rest: Buffer | undefined
  let head: Head | undefined
  /** Of the body, copies. */
  let pieces: Buffer[] = []
  let held = 0
  /** Bytes that are left of this chunk, or null: its size is to be read next. */
  let leftOfChunk: number | null = null
  let inTrailers = false

  const finish = (of: Head, text: string, surplus: number): ReadResponse => {
    rest = undefined
    head = undefined
    pieces = []
    held = 0
    leftOfChunk = null
    inTrailers = false
    const { status, headers } = of
    // As a browser does it: some servers put one before their JSON, which has room for none.
    const body = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
    // Nobody has asked for more than this answer: what follows it belongs to nothing.
    return { response: { status, headers, body }, reusableMs: surplus > 0 ? 0 : of.reusableMs }
  }
  const collected = (): string => Buffer.concat(pieces, held).toString('utf8')
  const keep = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    pieces.push(Buffer.from(bytes))
    held += bytes.length
  }

  /** @returns what is left of the bytes after a line that is complete; undefined: it is not */
  const line = (bytes: Buffer): { readonly text: string; readonly after: Buffer } | undefined => {
    const at = bytes.indexOf('\r\n')
    if (at > MAX_CHUNK_LINE_BYTES || (at < 0 && bytes.length > MAX_CHUNK_LINE_BYTES)) {
      throw new Error('a chunk of the answer has no size')
    }
    return at < 0 ? undefined : { text: bytes.toString('latin1', 0, at), after: bytes.subarray(at + 2) }
  }

  const readChunks = (of: Head, from: Buffer): ReadResponse | undefined => {
    let bytes = from
    for (;;) {
      if (leftOfChunk !== null && leftOfChunk > 0) {
        const piece = bytes.subarray(0, leftOfChunk)
        keep(piece)
        leftOfChunk -= piece.length
        bytes = bytes.subarray(piece.length)
        if (leftOfChunk > 0) return undefined
      }
      const next = line(bytes)
      if (next === undefined) {
        rest = Buffer.from(bytes)
        return undefined
      }
      bytes = next.after
      if (inTrailers) {
        if (next.text === '') return finish(of, collected(), bytes.length)
      } else if (leftOfChunk === 0) {
        if (next.text !== '') throw new Error('a chunk of the answer is longer than it says')
        leftOfChunk = null
      } else {
        const size = CHUNK_SIZE.exec(next.text)?.[1]
        if (size === undefined) throw new Error(`a chunk of the answer has no size: ${show(next.text)}`)
        leftOfChunk = Number.parseInt(size, 16)
        if (leftOfChunk === 0) inTrailers = true
      }
    }
  }

  const readBody = (of: Head, bytes: Buffer): ReadResponse | undefined => {
    const { body } = of
    if (body === 'chunked') return readChunks(of, bytes)
    if (body === 'until-close') {
      keep(bytes)
      return undefined
    }
    const missing = body - held
    if (bytes.length < missing) {
      keep(bytes)
      return undefined
    }
    const surplus = bytes.length - missing
    if (held === 0) return finish(of, bytes.toString('utf8', 0, missing), surplus)
    keep(bytes.subarray(0, missing))
    return finish(of, collected(), surplus)
  }

  return {
    push(pushed, length = pushed.length) {
      if (head === undefined && rest === undefined) {
        // Nearly always it is one whole answer. Not even a view of its bytes is made: that costs more than reading them.
        const known = knownHeads.find(({ start, head: { body } }) => {
          return body === length - start.length && startsWith(pushed, start)
        })
        if (known !== undefined) return finish(known.head, pushed.toString('utf8', known.start.length, length), 0)
      }
      const added = pushed.subarray(0, length)
      let bytes = rest === undefined ? added : Buffer.concat([rest, added])
      rest = undefined
      while (head === undefined) {
        // All of it at once: nearly always it is one short answer, and each call into Node costs as much as its bytes.
        const text = bytes.toString('latin1')
        const end = text.indexOf(END_OF_HEAD)
        if (end > MAX_HEAD_BYTES || (end < 0 && bytes.length > MAX_HEAD_BYTES)) {
          throw new Error(`the head of the answer is longer than ${MAX_HEAD_BYTES} bytes`)
        }
        if (end < 0) {
          rest = Buffer.from(bytes)
          return undefined
        }
        const read = readHead(text, end)
        // 100 Continue and 103 Early Hints come before the answer.
        if (read.status >= 200) {
          head = read
          know(Buffer.from(bytes.subarray(0, end + END_OF_HEAD.length)), read)
        }
        bytes = bytes.subarray(end + END_OF_HEAD.length)
        if (read.status === 101) throw new Error('the server changed the protocol, which nobody had asked for')
        if (head === undefined && bytes.length === 0) return undefined
      }
      return readBody(head, bytes)
    },
    end() {
      return head?.body === 'until-close' ? finish(head, collected(), 0) : undefined
    },
  }
}

/**
 * The last heads that were read anywhere, with their empty lines: of one backend and one second many are the same, or
 * differ in the length of their answer.
 */
const knownHeads: { readonly start: Uint8Array; readonly head: Head }[] = []
const KNOWN_HEADS = 4
let nextKnown = 0

function know(start: Uint8Array, head: Head): void {
  knownHeads[nextKnown] = { start, head }
  nextKnown = (nextKnown + 1) % KNOWN_HEADS
}

/** Byte by byte: for the head of an answer that is quicker than a call into Node. There are as many bytes. */
function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  const { length } = start
  for (let at = 0; at < length; at += 1) if (bytes[at] !== start[at]) return false
  return true
}

/** @param end where the head ends in `text`, without its empty line */
function readHead(text: string, end: number): Head {
  let lineEnd = text.indexOf('\r\n')
  const statusLine = text.slice(0, lineEnd)
  const [, minor, code] = STATUS_LINE.exec(statusLine) ?? []
  if (code === undefined) throw new Error(`the answer is no HTTP/1.1: ${show(statusLine)}`)
  const status = Number(code)
  const headers: Record<string, string> = {}
  while (lineEnd < end) {
    const from = lineEnd + 2
    lineEnd = text.indexOf('\r\n', from)
    const colon = text.indexOf(':', from)
    const name = colon < 0 || colon > lineEnd ? undefined : headerName(text.slice(from, colon))
    const value = text.slice(colon + 1, lineEnd)
    if (name === undefined || NO_VALUE.test(value))
      throw new Error(`the answer has a header that is none: ${show(text.slice(from, lineEnd))}`)
    // What every object has under such a name is no header.
    if (name in headers && Object.hasOwn(headers, name)) addAgain(headers, name, value.trim())
    else headers[name] = value.trim()
  }
  return { status, headers, body: bodyOf(status, headers), reusableMs: reusableMsOf(minor === '1', headers) }
}

/** Names that have come, as they are asked for: the same few come with every answer. */
const headerNames = new Map<string, string>()

/** @returns undefined for what is no name */
function headerName(text: string): string | undefined {
  const known = headerNames.get(text)
  if (known !== undefined) return known
  if (!HEADER_NAME.test(text)) return undefined
  const name = text.toLowerCase()
  // A server that makes up names must not fill the memory. A copy, because a part of a text keeps all of it there.
  if (headerNames.size < MAX_HEADER_NAMES) headerNames.set(Buffer.from(text).toString(), name)
  return name
}

/** Of a header that comes twice both values count; two lengths that differ are none. */
function addAgain(headers: Record<string, string>, name: string, value: string): void {
  const before = headers[name]
  if (name !== 'content-length') headers[name] = `${before}, ${value}`
  else if (before !== value) throw new Error('the answer has two lengths')
}

/** RFC 9112, 6.3: how long a body is. */
function bodyOf(status: number, headers: Readonly<Record<string, string>>): Head['body'] {
  if (status < 200 || status === 204 || status === 304) return 0
  const length = headers['content-length']
  const encoding = headers['transfer-encoding']
  if (encoding !== undefined) {
    if (length !== undefined) throw new Error('the answer says its length in two ways')
    if (encoding.toLowerCase() !== 'chunked') throw new Error(`the answer is encoded as ${show(encoding)}`)
    return 'chunked'
  }
  if (length === undefined) return 'until-close'
  if (!WHOLE_NUMBER.test(length)) throw new Error(`the answer has no length: ${show(length)}`)
  return Number(length)
}

function reusableMsOf(isHttp11: boolean, headers: Readonly<Record<string, string>>): number | null {
  const { connection, 'keep-alive': keepAlive } = headers
  const said = connection?.toLowerCase()
  if (said?.includes('close') || (!isHttp11 && !said?.includes('keep-alive'))) return 0
  const seconds = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(keepAlive ?? '')?.[1]
  return seconds === undefined ? null : Number(seconds) * 1_000
}

/** So much of what a server sent as a message needs. */
function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
