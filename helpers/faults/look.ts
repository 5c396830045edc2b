import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import pg from 'pg'
import { waitUntil } from '../deadline.ts'
import type { Deadline } from '../host.ts'
import { ownRequestId } from '../own-request-id.ts'
import type { FaultTarget, TargetName } from './fault.ts'

/** One look at a part through its proxy, over a connection of its own, as a client would see it. */
export interface Look {
  readonly answered: boolean
  readonly tookMs: number
  /** What it answered, or why there is no answer. */
  readonly said: string
  /** Worker of the backend that answered (`X-Worker`); absent where answers do not say. */
  readonly worker?: string
}

/** A healthy part answers a look within this, also on a busy machine. */
export const LOOK_TIMEOUT_MS = 1_000

const GREEN_EVERY_MS = 50

/** Is Redis there? Its refusal to serve somebody without a password is an answer, too. */
export function lookAtRedis(target: FaultTarget, timeoutMs: number = LOOK_TIMEOUT_MS): Promise<Look> {
  return timed(timeoutMs, async (signal) => {
    const { host, port } = target.proxyAddress('redis')
    using socket = connectTo(host, port, signal)
    socket.write('PING\r\n')
    const [reply] = (await once(socket.socket, 'data', { signal })) as [Buffer]
    return reply.toString('utf8').trim()
  })
}

/** Does PostgreSQL answer a statement? */
export function lookAtPostgres(target: FaultTarget, timeoutMs: number = LOOK_TIMEOUT_MS): Promise<Look> {
  return timed(timeoutMs, async (signal) => {
    const { host, port } = target.proxyAddress('postgres')
    const url = new URL(target.databaseUrl())
    url.host = `${host}:${port}`
    // A socket of our own, because the client has no way to give up on a server that has stopped to answer.
    const socket = new net.Socket({ signal })
    const client = new pg.Client({
      connectionString: url.href,
      application_name: 'exam-rehearsal look',
      stream: () => socket,
    })
    // The calls below reject as well; unheard, the event would end the process.
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('SELECT 1')
      return 'SELECT 1 was answered'
    } finally {
      socket.destroy()
    }
  })
}

/** Does the backend answer, and how: `path` through the proxy that candidates use. */
export async function lookAtBackend(
  target: FaultTarget,
  options: { readonly path?: string; readonly timeoutMs?: number; readonly requestId?: string } = {},
): Promise<Look> {
  const { path = target.health.live, timeoutMs = LOOK_TIMEOUT_MS, requestId = ownRequestId() } = options
  let worker: string | string[] | undefined
  const look = await timed(timeoutMs, async (signal) => {
    const { host, port } = target.proxyAddress('backend')
    const request = http.get({
      host,
      port,
      path,
      agent: false,
      signal,
      headers: { 'x-request-id': requestId },
    })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    let body = ''
    for await (const chunk of response) body += String(chunk)
    worker = response.headers['x-worker']
    return `${response.statusCode} ${body.slice(0, 200)}`
  })
  return typeof worker === 'string' ? { ...look, worker } : look
}

/** In how many pieces a reply of the backend comes through the proxy that candidates use; 0: none came. */
export async function piecesOfReply(target: FaultTarget): Promise<number> {
  const { host, port } = target.proxyAddress('backend')
  using socket = connectTo(host, port, AbortSignal.timeout(LOOK_TIMEOUT_MS))
  let pieces = 0
  socket.socket.on('data', () => {
    pieces += 1
  })
  const closed = once(socket.socket, 'close')
  socket.write(requestText(target.health.ready, 'close'))
  // An error closes it as well: what came until then is the answer.
  await closed.catch(() => undefined)
  return pieces
}

function requestText(path: string, connection: 'close' | 'keep-alive'): string {
  return `GET ${path} HTTP/1.1\r\nHost: probe\r\nX-Request-ID: ${ownRequestId()}\r\nConnection: ${connection}\r\n\r\n`
}

/** A connection through a proxy that is held open, to see whether it is cut. */
export interface HeldConnection extends Disposable {
  readonly isOpen: boolean
}

/** Connect through the proxy before `part`, and wait until the proxy has connected on, which an answer proves. */
export async function holdConnection(target: FaultTarget, part: 'redis' | 'backend'): Promise<HeldConnection> {
  const { host, port } = target.proxyAddress(part)
  const signal = AbortSignal.timeout(LOOK_TIMEOUT_MS)
  const { socket } = connectTo(host, port)
  let isOpen = true
  socket.on('close', () => {
    isOpen = false
  })
  socket.write(part === 'redis' ? 'PING\r\n' : requestText(target.health.live, 'keep-alive'))
  try {
    await once(socket, 'data', { signal })
  } catch (error) {
    socket.destroy()
    throw error
  }
  return {
    get isOpen() {
      return isOpen
    },
    [Symbol.dispose]: () => socket.destroy(),
  }
}

/** Wait until a part answers through its proxy; the backend must say that it is ready. @throws DEADLINE_EXCEEDED */
export async function untilGreen(target: FaultTarget, part: TargetName, limit: Deadline): Promise<void> {
  const look = {
    redis: () => lookAtRedis(target),
    postgres: () => lookAtPostgres(target),
    backend: () => lookAtBackend(target, { path: target.health.ready }),
  }[part]
  let seen = 'nothing yet'
  await waitUntil(
    async () => {
      const { answered, said } = await look()
      seen = said
      return answered && (part !== 'backend' || said.startsWith('200'))
    },
    { deadline: limit, everyMs: GREEN_EVERY_MS, describe: () => seen, expected: `${part} green again`, service: part },
  )
}

/** Never rejects: no answer is what a look is for. */
async function timed(timeoutMs: number, ask: (signal: AbortSignal) => Promise<string>): Promise<Look> {
  const startedMs = performance.now()
  const tookMs = () => performance.now() - startedMs
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const said = await ask(signal)
    return { answered: true, tookMs: tookMs(), said }
  } catch (error) {
    const said = signal.aborted
      ? `no answer within ${timeoutMs} ms`
      : error instanceof Error
        ? error.message || error.name
        : String(error)
    return { answered: false, tookMs: tookMs(), said }
  }
}

/** `once(…, 'data')` would wait for ever on a socket that was closed without a word, so closing is made an error. */
function connectTo(host: string, port: number, signal?: AbortSignal) {
  const socket = net.connect({ host, port, ...(signal === undefined ? {} : { signal }) })
  socket.on('end', () => socket.destroy(new Error('the connection was closed without an answer')))
  // Heard here so that it is never unheard; whoever waits hears it as well.
  socket.on('error', () => undefined)
  return { socket, write: (text: string) => socket.write(text), [Symbol.dispose]: () => socket.destroy() }
}
