import { buildConnector, Client } from 'undici'
import type { Call, HttpResponse } from './exam-api.ts'

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
  /** Never rejects: whatever goes wrong is an `error` exchange. @throws TypeError when another request is in flight. */
  send(call: Pick<Call<unknown>, 'method' | 'path' | 'headers' | 'body'>, options: SendOptions): Promise<Exchange>
}

/** A browser keeps an idle connection for minutes; a server that wants less says so by `Keep-Alive`. */
const IDLE_MS = 120_000

/** The client's own reason to end a request, told apart from everything that the network does. */
class ClientEnded extends Error {
  readonly code: 'CLIENT_TIME_OUT' | 'CLIENT_ABORT'
  constructor(code: 'CLIENT_TIME_OUT' | 'CLIENT_ABORT') {
    super(code === 'CLIENT_TIME_OUT' ? 'the candidate waited long enough' : 'the candidate gave up')
    this.code = code
  }
}

/**
 * A connection that opens when it is first used.
 *
 * No pool (candidates would wait for each other), no pipelining, and no retry by the HTTP client: every attempt must be
 * an operation of its own in the history. After a transport error the socket is thrown away and the address asked for
 * again, because ports move when a service restarts.
 *
 * @param options.baseUrl asked for each new connection: `http://127.0.0.1:41234`
 * @param options.onConnected set-up time of each new connection, µs
 */
export function openConnection(options: {
  readonly baseUrl: () => string
  readonly onConnected?: (setupUs: number) => void
}): Connection {
  const { baseUrl, onConnected } = options
  let client: Client | undefined
  let busy = false
  // One listener for all requests of the connection: adding one to a signal costs time for everybody who listens there.
  let watched: AbortSignal | undefined
  let giveUp: (() => void) | undefined
  const onAbort = (): void => giveUp?.()
  const watch = (signal: AbortSignal | undefined): void => {
    if (watched === signal) return
    watched?.removeEventListener('abort', onAbort)
    signal?.addEventListener('abort', onAbort, { once: true })
    watched = signal
  }

  const connect = (timeoutMs: number): Client => {
    const connector = buildConnector({ timeout: timeoutMs, allowH2: false })
    return new Client(baseUrl(), {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE_MS,
      // Our own timer bounds the whole request, exactly; those of undici are coarse and restart with every chunk.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect(target, callback) {
        const startedAt = performance.now()
        connector(target, (...result: Parameters<typeof callback>) => {
          if (result[0] === null) onConnected?.((performance.now() - startedAt) * 1_000)
          callback(...result)
        })
      },
    })
  }

  const discard = (): void => {
    const discarded = client
    client = undefined
    // Nothing is in flight any more, and a socket that fails to close is closed all the same.
    discarded?.destroy().catch(() => undefined)
  }

  return {
    send(call, { requestId, timeoutMs, signal }) {
      if (busy) throw new TypeError('a connection carries one request at a time: use a second connection to overlap')
      if (signal.aborted) {
        return Promise.resolve({ kind: 'error', error: new ClientEnded('CLIENT_ABORT'), bytesSent: false })
      }
      busy = true
      return new Promise<Exchange>((resolve) => {
        let started = false
        let settled = false
        let status = 0
        let headers: Record<string, string> = {}
        const chunks: Buffer[] = []

        const settle = (exchange: Exchange): void => {
          if (settled) return
          settled = true
          clearTimeout(timer)
          giveUp = undefined
          busy = false
          if (exchange.kind === 'error') discard()
          resolve(exchange)
        }
        const fail = (error: Error): void => settle({ kind: 'error', error, bytesSent: started })
        const timer = setTimeout(() => fail(new ClientEnded('CLIENT_TIME_OUT')), timeoutMs)
        giveUp = () => fail(new ClientEnded('CLIENT_ABORT'))
        watch(signal)

        try {
          client ??= connect(timeoutMs)
          client.dispatch(
            {
              method: call.method,
              path: call.path,
              headers: { ...call.headers, 'x-request-id': requestId },
              body: call.body ?? null,
            },
            {
              onRequestStart(controller) {
                // Called right before the first byte is written. A second call would be a silent retry.
                if (started) controller.abort(new Error('the HTTP client tried to send the same attempt again'))
                started = true
              },
              onResponseStart(_controller, statusCode, received) {
                status = statusCode
                headers = flatten(received)
              },
              onResponseData(_controller, chunk) {
                chunks.push(chunk)
              },
              onResponseEnd() {
                const body = Buffer.concat(chunks).toString('utf8')
                settle({ kind: 'response', response: { status, headers, body } })
              },
              onResponseError(_controller, error) {
                fail(error)
              },
            },
          )
        } catch (error) {
          // For example an address that is no URL: nothing was sent.
          fail(error instanceof Error ? error : new Error(String(error)))
        }
      })
    },
    async [Symbol.asyncDispose]() {
      const closing = client
      client = undefined
      await closing?.destroy()
      watch(undefined)
    },
  }
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}
