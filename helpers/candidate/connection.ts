import { connect as connectSocket, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Call, HttpResponse } from './exam-api.ts'
import { createRequestWriter, type RequestWriter } from './http-request-writer.ts'
import { createResponseReader, type ReadResponse, type ResponseReader } from './http-response-reader.ts'

/** What came of one request on the wire. */
export type Exchange =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  | {
      readonly kind: 'error'
      readonly error: Error
      /** A first byte may have left. False only when it certainly has not. */
      readonly bytesSent: boolean
    }

export interface SendOptions {
  readonly requestId: string
  /** From the call of `send` to the last byte of the answer, connecting included: a browser's view. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** One keep-alive connection of one candidate, as a browser tab has one. */
export interface Connection extends AsyncDisposable {
  /**
   * Open it ahead of its first request, as a browser does for a page that will ask for more than one thing: two requests
   * are only under way at once when neither waits for its connection. If that fails, `send` says so, or opens it itself.
   */
  open(): void
  /** Never rejects: whatever goes wrong is an `error` exchange. @throws TypeError when another request is in flight. */
  send(call: Pick<Call<unknown>, 'method' | 'path' | 'headers' | 'body'>, options: SendOptions): Promise<Exchange>
}

/** A browser keeps an idle connection for minutes; a server that wants less says so by `Keep-Alive`. */
const IDLE_MS = 120_000
/** So long before a server closes an idle connection nothing is sent on it any more: it would meet the closing. */
const BEFORE_CLOSE_MS = 1_000
/** A long paper in one read. */
const READ_BYTES = 65_536
const KEEP_ALIVE_PROBE_MS = 60_000

/** The client's own reason to end a request, told apart from everything that the network does. */
class ClientEnded extends Error {
  readonly code: 'CLIENT_TIME_OUT' | 'CLIENT_ABORT'
  constructor(code: 'CLIENT_TIME_OUT' | 'CLIENT_ABORT') {
    super(code === 'CLIENT_TIME_OUT' ? 'the candidate waited long enough' : 'the candidate gave up')
    this.code = code
  }
}

/**
 * A connection that opens when it is first used, or asked to.
 *
 * No pool (candidates would wait for each other), no pipelining, and no retry: every attempt must be an operation of its
 * own in the history. After a transport error the socket is thrown away and the address asked for again, because ports
 * move when a service restarts.
 *
 * On bare sockets, because that is what thousands of candidates in one process cost least with: `docs/load.md` has the
 * figures beside those of an HTTP client.
 *
 * @param options.baseUrl asked for each new connection: `http://127.0.0.1:41234`
 * @param options.onConnected set-up time of each new connection, µs
 */
export function openConnection(options: {
  readonly baseUrl: () => string
  readonly onConnected?: (setupUs: number) => void
}): Connection {
  const { baseUrl, onConnected } = options
  let line: Line | undefined
  let request: Request | undefined
  // One timer for all requests of the connection, and none of them moves it: that costs several times as much as a look
  // at the clock. It rings when an earlier one would have been over, and then waits for what is left of the one that is
  // under way. The socket keeps the process alive, not the timer.
  let timer: NodeJS.Timeout | undefined
  // In an object, where a number that changes with each request takes no memory of its own.
  const times = { ringsAtMs: 0, dueMs: 0 }
  const setTimer = (delayMs: number): void => {
    clearTimeout(timer)
    timer = setTimeout(ring, delayMs).unref()
    times.ringsAtMs = performance.now() + delayMs
  }
  const ring = (): void => {
    timer = undefined
    if (request === undefined) return
    const leftMs = times.dueMs - performance.now()
    if (leftMs > 0) setTimer(leftMs)
    else fail(new ClientEnded('CLIENT_TIME_OUT'))
  }
  const watchTime = (nowMs: number, timeoutMs: number): void => {
    times.dueMs = nowMs + timeoutMs
    if (timer === undefined || times.dueMs < times.ringsAtMs) setTimer(timeoutMs)
  }
  // One listener for all requests of the connection: adding one to a signal costs time for everybody who listens there.
  let watched: AbortSignal | undefined
  const onAbort = (): void => fail(new ClientEnded('CLIENT_ABORT'))
  const watch = (signal: AbortSignal | undefined): void => {
    if (watched === signal) return
    watched?.removeEventListener('abort', onAbort)
    signal?.addEventListener('abort', onAbort, { once: true })
    watched = signal
  }

  const settle = (exchange: Exchange): void => {
    if (request === undefined) return
    const { resolve } = request
    request = undefined
    resolve(exchange)
  }
  const discard = (): void => {
    const discarded = line
    line = undefined
    discarded?.socket.destroy()
  }
  const fail = (error: Error): void => {
    if (request === undefined) return
    const { bytesSent } = request
    discard()
    settle({ kind: 'error', error, bytesSent })
  }
  const succeed = ({ response, reusableMs }: ReadResponse): void => {
    if (reusableMs === 0) discard()
    else if (line !== undefined) {
      const idleMs = reusableMs === null ? IDLE_MS : Math.min(IDLE_MS, reusableMs - BEFORE_CLOSE_MS)
      line.usableUntilMs = performance.now() + idleMs
    }
    settle({ kind: 'response', response })
  }

  const dial = (): Line => {
    const { host, port, hostname, isTls } = addressOf(baseUrl())
    const reader = createResponseReader()
    const read = (bytes: Buffer, length = bytes.length): void => {
      if (line !== dialled) return
      // Nobody has asked for anything: whatever this is, it is no answer.
      if (request?.bytesSent !== true) {
        discard()
        return
      }
      try {
        const done = reader.push(bytes, length)
        if (done !== undefined) succeed(done)
      } catch (error) {
        fail(error as Error)
      }
    }
    const startedAt = performance.now()
    const address = { host: hostname, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS }
    const socket = isTls
      ? connectTls({ ...address, ...(isIP(hostname) ? {} : { servername: hostname }), ALPNProtocols: ['http/1.1'] }).on(
          'data',
          read,
        )
      : connectSocket({ ...address, onread: readInto(read) })
    const dialled: Line = {
      socket,
      write: createRequestWriter(host),
      reader,
      isOpen: false,
      usableUntilMs: Number.POSITIVE_INFINITY,
    }
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      dialled.isOpen = true
      onConnected?.((performance.now() - startedAt) * 1_000)
      if (line === dialled) transmit(dialled)
    })
    socket.once('end', () => {
      if (line !== dialled) return
      const done = reader.end()
      if (done === undefined) lost(dialled, new Error('the server ended the connection'))
      else {
        succeed(done)
        discard()
      }
    })
    socket.on('error', (error) => lost(dialled, error))
    socket.once('close', () => lost(dialled, new Error('the connection was closed')))
    return dialled
  }
  const lost = (which: Line, error: Error): void => {
    if (line !== which) return
    if (request === undefined) discard()
    else fail(error)
  }
  const transmit = ({ socket, write }: Line): void => {
    if (request === undefined) return
    try {
      const text = write(request.call, request.requestId)
      request.bytesSent = true
      socket.write(text)
    } catch (error) {
      fail(error as Error)
    }
  }

  return {
    open() {
      try {
        line ??= dial()
      } catch {
        // An address that is none: whoever sends is told.
      }
    },
    send(call, { requestId, timeoutMs, signal }) {
      if (request !== undefined) {
        throw new TypeError('a connection carries one request at a time: use a second connection to overlap')
      }
      if (signal.aborted) {
        return Promise.resolve({ kind: 'error', error: new ClientEnded('CLIENT_ABORT'), bytesSent: false })
      }
      return new Promise<Exchange>((resolve) => {
        const nowMs = performance.now()
        watchTime(nowMs, timeoutMs)
        request = { call, requestId, resolve, bytesSent: false }
        watch(signal)
        try {
          if (line !== undefined && nowMs > line.usableUntilMs) discard()
          line ??= dial()
          if (line.isOpen) transmit(line)
        } catch (error) {
          // For example an address that is no URL: nothing was sent.
          fail(error instanceof Error ? error : new Error(String(error)))
        }
      })
    },
    async [Symbol.asyncDispose]() {
      watch(undefined)
      fail(new ClientEnded('CLIENT_ABORT'))
      discard()
      clearTimeout(timer)
      timer = undefined
    },
  }
}

/** A socket with what is known of it. */
interface Line {
  readonly socket: Socket
  readonly write: RequestWriter
  readonly reader: ResponseReader
  isOpen: boolean
  /** On the clock of `performance`. */
  usableUntilMs: number
}

/** The one request that is under way. */
interface Request {
  readonly call: Pick<Call<unknown>, 'method' | 'path' | 'headers' | 'body'>
  readonly requestId: string
  readonly resolve: (exchange: Exchange) => void
  bytesSent: boolean
}

/**
 * One for all connections of a thread: what was read is understood, or copied, before anything else is read. A stream
 * would take 64 KiB for each answer, and a buffer each is memory that is never in the cache.
 */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

function readInto(read: (bytes: Buffer, length: number) => void) {
  return {
    buffer: readBuffer,
    callback(bytesRead: number): boolean {
      read(readBuffer, bytesRead)
      return true
    },
  }
}

/** @throws TypeError for what is no address of a server */
function addressOf(baseUrl: string) {
  const { protocol, host, hostname, port, pathname, search, hash } = new URL(baseUrl)
  const isTls = protocol === 'https:'
  if ((!isTls && protocol !== 'http:') || pathname !== '/' || search !== '' || hash !== '') {
    throw new TypeError(`no address of a server: ${baseUrl}`)
  }
  const number = port === '' ? (isTls ? 443 : 80) : Number(port)
  return { host, hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port: number, isTls }
}
