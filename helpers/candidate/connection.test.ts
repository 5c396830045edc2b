import { getEventListeners, once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { classifyTransportError } from '../history/outcome.ts'
import { type Exchange, openConnection } from './connection.ts'

const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const CALL = {
  method: 'POST',
  path: '/answer',
  headers: { 'content-type': 'application/json' },
  body: '{"a":1}',
} as const
const options = (over: { timeoutMs?: number; signal?: AbortSignal } = {}) => ({
  requestId: 'r-1',
  timeoutMs: 1_000,
  signal: new AbortController().signal,
  ...over,
})

interface Listening {
  readonly url: string
  readonly server: Server
  connections: number
  requests: string[]
}

async function serve(handler: RequestListener): Promise<Listening> {
  const server = createServer(handler)
  const listening: Listening = { url: '', server, connections: 0, requests: [] }
  server.keepAliveTimeout = 30_000
  server.on('connection', () => {
    listening.connections += 1
  })
  server.on('request', (request) => listening.requests.push(String(request.headers['x-request-id'])))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push({
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  })
  return Object.assign(listening, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

/** A port on which nobody listens. */
async function closedPort(): Promise<string> {
  const server = createSocketServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

function reasonOf(exchange: Exchange): string {
  return exchange.kind === 'error'
    ? classifyTransportError(exchange.error, exchange).reason
    : `answered ${exchange.response.status}`
}

describe('a connection', () => {
  test('keeps one socket for all its requests and measures setting it up once', async () => {
    const server = await serve((request, response) => request.resume().on('end', () => response.end('{"ok":true}')))
    const setUps: number[] = []
    await using connection = openConnection({ baseUrl: () => server.url, onConnected: (us) => setUps.push(us) })
    for (let request = 0; request < 5; request += 1) {
      expect(await connection.send(CALL, options())).toMatchObject({
        kind: 'response',
        response: { status: 200, body: '{"ok":true}' },
      })
    }
    expect(server.connections).toBe(1)
    expect(setUps).toHaveLength(1)
    expect(setUps[0]).toBeGreaterThan(0)
    expect(server.requests).toEqual(['r-1', 'r-1', 'r-1', 'r-1', 'r-1'])
  })

  test('one that was opened ahead of its first request is used for it, and does not wait for it', async () => {
    const server = await serve((_, response) => response.end('{}'))
    const setUps: number[] = []
    await using connection = openConnection({ baseUrl: () => server.url, onConnected: (us) => setUps.push(us) })
    connection.open()
    await expect.poll(() => setUps.length).toBe(1)
    expect(server.requests).toEqual([])
    connection.open()
    expect(await connection.send(CALL, options())).toMatchObject({ kind: 'response' })
    expect(server.connections).toBe(1)
  })

  test('one that was opened ahead and closed by the server is replaced before anything is sent', async () => {
    const server = await serve((_, response) => response.end('{}'))
    await using connection = openConnection({ baseUrl: () => server.url })
    connection.open()
    await expect.poll(() => server.connections).toBe(1)
    server.server.closeAllConnections()
    // The end has to arrive.
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(reasonOf(await connection.send(CALL, options()))).toBe('answered 200')
    expect(server.connections).toBe(2)
  })

  test('opening ahead where nobody listens is no error until something is sent', async () => {
    for (const url of [await closedPort(), 'no address']) {
      await using connection = openConnection({ baseUrl: () => url })
      connection.open()
      expect(await connection.send(CALL, options())).toMatchObject({ kind: 'error', bytesSent: false })
    }
  })

  test('two connections really overlap', async () => {
    let open = 0
    let most = 0
    const server = await serve((_, response) => {
      open += 1
      most = Math.max(most, open)
      setTimeout(() => {
        open -= 1
        response.end('{}')
      }, 50)
    })
    await using one = openConnection({ baseUrl: () => server.url })
    await using other = openConnection({ baseUrl: () => server.url })
    await Promise.all([one.send(CALL, options()), other.send(CALL, options())])
    expect(most).toBe(2)
    expect(server.connections).toBe(2)
  })

  test('refuses to queue: a second request at the same time is a bug of the caller', async () => {
    const server = await serve((_, response) => setTimeout(() => response.end('{}'), 20))
    await using connection = openConnection({ baseUrl: () => server.url })
    const first = connection.send(CALL, options())
    expect(() => connection.send(CALL, options())).toThrow(/second connection/)
    await first
  })

  test('listens to the signal of its requests once, follows another one, and leaves no listener behind', async () => {
    const server = await serve((_, response) => response.end('{}'))
    const one = new AbortController()
    const other = new AbortController()
    const listeners = (): number[] => [one, other].map(({ signal }) => getEventListeners(signal, 'abort').length)
    {
      await using connection = openConnection({ baseUrl: () => server.url })
      await connection.send(CALL, options({ signal: one.signal }))
      await connection.send(CALL, options({ signal: one.signal }))
      expect(listeners()).toEqual([1, 0])
      await connection.send(CALL, options({ signal: other.signal }))
      expect(listeners()).toEqual([0, 1])
    }
    expect(listeners()).toEqual([0, 0])
  })

  test('asks for the address again after an error, because ports move', async () => {
    const server = await serve((_, response) => response.end('{}'))
    const addresses = [await closedPort(), server.url]
    await using connection = openConnection({ baseUrl: () => addresses.shift() ?? server.url })
    expect(reasonOf(await connection.send(CALL, options()))).toBe('connection-refused')
    expect(reasonOf(await connection.send(CALL, options()))).toBe('answered 200')
  })
})

describe('what servers do with a connection', () => {
  test('an answer in chunks, after an announcement, and one that lasts until the connection ends', async () => {
    const server = await serve((request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      if (request.url === '/chunks') {
        response.write('{"a"')
        setTimeout(() => response.end(':1}'), 5)
      } else {
        response.useChunkedEncodingByDefault = false
        response.removeHeader('transfer-encoding')
        response.setHeader('connection', 'close')
        response.end('all of it')
      }
    })
    await using connection = openConnection({ baseUrl: () => server.url })
    expect(await connection.send({ ...CALL, path: '/chunks' }, options())).toMatchObject({
      response: { status: 200, body: '{"a":1}' },
    })
    expect(await connection.send(CALL, options())).toMatchObject({ response: { body: 'all of it' } })
    expect(reasonOf(await connection.send({ ...CALL, path: '/chunks' }, options()))).toBe('answered 200')
    expect(server.connections).toBe(2)
  })

  test('a long answer arrives whole', async () => {
    const long = JSON.stringify({ text: 'ü€😀'.repeat(50_000) })
    const server = await serve((_, response) => response.end(long))
    await using connection = openConnection({ baseUrl: () => server.url })
    expect(await connection.send(CALL, options())).toMatchObject({ response: { body: long } })
  })

  test('a connection that the server will close soon is not used again', async () => {
    const server = await serve((_, response) => response.end('{}'))
    server.server.keepAliveTimeout = 1_000
    await using connection = openConnection({ baseUrl: () => server.url })
    await connection.send(CALL, options())
    await connection.send(CALL, options())
    expect(server.connections).toBe(2)
  })

  test('a connection that the server closed meanwhile is replaced before anything is sent', async () => {
    const server = await serve((_, response) => response.end('{}'))
    await using connection = openConnection({ baseUrl: () => server.url })
    await connection.send(CALL, options())
    const closed = once(server.server, 'quiet')
    server.server.closeAllConnections()
    setTimeout(() => server.server.emit('quiet'), 50)
    await closed
    expect(reasonOf(await connection.send(CALL, options()))).toBe('answered 200')
    expect(server.connections).toBe(2)
  })

  test('what is no HTTP proves nothing about the request', async () => {
    const server = createSocketServer((socket) => socket.on('data', () => socket.write('220 mail ready\r\n\r\n')))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using connection = openConnection({ baseUrl: () => url })
    const exchange = await connection.send(CALL, options())
    expect(exchange).toMatchObject({
      kind: 'error',
      bytesSent: true,
      error: { message: expect.stringContaining('220') },
    })
    expect(reasonOf(exchange)).toBe('connection-reset')
  })

  test('a server that speaks no TLS is never sent a request', async () => {
    const server = await serve((_, response) => response.end('{}'))
    await using connection = openConnection({ baseUrl: () => server.url.replace('http:', 'https:') })
    expect(await connection.send(CALL, options())).toMatchObject({ kind: 'error', bytesSent: false })
    expect(server.requests).toEqual([])
  })

  test('a request that cannot be written is an error before the first byte, also on an open connection', async () => {
    const server = await serve((_, response) => response.end('{}'))
    await using connection = openConnection({ baseUrl: () => server.url })
    for (let time = 0; time < 2; time += 1) {
      const exchange = await connection.send({ ...CALL, path: '/a b' }, options())
      expect(exchange).toMatchObject({ kind: 'error', bytesSent: false })
      await connection.send(CALL, options())
    }
    expect(server.requests).toHaveLength(2)
  })

  test('who leaves while a request is under way has given up', async () => {
    const server = await serve(() => undefined)
    let waiting: Promise<Exchange> | undefined
    {
      await using connection = openConnection({ baseUrl: () => server.url })
      waiting = connection.send(CALL, options())
      await once(server.server, 'request')
    }
    expect(reasonOf(await waiting)).toBe('client-abort')
  })
})

describe('what a failed request proves', () => {
  test('nobody listens: nothing was sent', async () => {
    const url = await closedPort()
    await using connection = openConnection({ baseUrl: () => url })
    const exchange = await connection.send(CALL, options())
    expect(exchange).toMatchObject({ kind: 'error', bytesSent: false })
    expect(reasonOf(exchange)).toBe('connection-refused')
  })

  test('an address that is none: nothing was sent', async () => {
    await using connection = openConnection({ baseUrl: () => 'not an address' })
    expect(await connection.send(CALL, options())).toMatchObject({ kind: 'error', bytesSent: false })
  })

  test('the socket is cut after the request: it may have had an effect, and is not sent again', async () => {
    const server = await serve((request) => {
      request.resume().on('end', () => request.socket.destroy())
    })
    await using connection = openConnection({ baseUrl: () => server.url })
    expect(reasonOf(await connection.send({ ...CALL, method: 'GET' }, options()))).toBe('connection-reset')
    expect(server.requests).toHaveLength(1)
  })

  test('half an answer is none', async () => {
    const server = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"ha')
      setTimeout(() => request.socket.destroy(), 10)
    })
    await using connection = openConnection({ baseUrl: () => server.url })
    expect(reasonOf(await connection.send(CALL, options()))).toBe('connection-reset')
  })

  test('no answer within the time-out: recorded at the time-out, and the next request has a fresh socket', async () => {
    let requests = 0
    const server = await serve((_, response) => {
      requests += 1
      if (requests > 1) response.end('{}')
    })
    await using connection = openConnection({ baseUrl: () => server.url })
    const startedAt = performance.now()
    expect(reasonOf(await connection.send(CALL, options({ timeoutMs: 100 })))).toBe('time-out')
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(99)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(reasonOf(await connection.send(CALL, options()))).toBe('answered 200')
    expect(server.connections).toBe(2)
  })

  test('the time counts from each request, and a connection that rests for longer is kept', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/silent') return
      response.end('{}')
    })
    await using connection = openConnection({ baseUrl: () => server.url })
    await connection.send(CALL, options({ timeoutMs: 200 }))
    await new Promise((resolve) => setTimeout(resolve, 300))
    await connection.send(CALL, options({ timeoutMs: 200 }))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(server.connections).toBe(1)
    for (const timeoutMs of [200, 100]) {
      const startedAt = performance.now()
      expect(reasonOf(await connection.send({ ...CALL, path: '/silent' }, options({ timeoutMs })))).toBe('time-out')
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(timeoutMs - 1)
    }
  })

  test('who waits for less than those before is not made to wait as long as they would have', async () => {
    const server = await serve((request, response) => {
      if (request.url !== '/silent') response.end('{}')
    })
    await using connection = openConnection({ baseUrl: () => server.url })
    await connection.send(CALL, options({ timeoutMs: 30_000 }))
    const startedAt = performance.now()
    expect(reasonOf(await connection.send({ ...CALL, path: '/silent' }, options({ timeoutMs: 100 })))).toBe('time-out')
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(99)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  test('an answer that drips is bounded by the same time-out', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    })
    await using connection = openConnection({ baseUrl: () => server.url })
    expect(reasonOf(await connection.send(CALL, options({ timeoutMs: 150 })))).toBe('time-out')
  })

  test('giving up before and after the first byte are two things', async () => {
    const server = await serve(() => undefined)
    const abort = new AbortController()
    await using connection = openConnection({ baseUrl: () => server.url })
    const waiting = connection.send(CALL, options({ signal: abort.signal }))
    setTimeout(() => abort.abort(), 50)
    expect(reasonOf(await waiting)).toBe('client-abort')
    expect(reasonOf(await connection.send(CALL, options({ signal: abort.signal })))).toBe('abort-before-send')
  })
})
