import type { Call } from './exam-api.ts'

/** What no part of a request's head may hold: it would end its line, or the head. */
const NOT_IN_TARGET = /[^\x21-\x7e]/
const NOT_IN_VALUE = /[^\t\x20-\x7e]/
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** They say where a request ends and where it goes, so they are written here and nowhere else. */
const OWN: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
])
/** RFC 9110, 8.6: a request that could have a body says that it has none. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/**
 * A request as it goes over the wire: RFC 9112, one text, UTF-8.
 *
 * @throws TypeError for what could not be sent as it is
 */
export type RequestWriter = (
  call: Pick<Call<unknown>, 'method' | 'path' | 'headers' | 'body'>,
  requestId: string,
) => string

/**
 * The requests of one connection. What nearly all of them begin with is made once: a candidate sends its answers to one
 * path, with headers that an adapter may give as the same object again. Then they must not change.
 *
 * @param host name and port, as the address has them
 */
export function createRequestWriter(host: string): RequestWriter {
  let last: Pick<Call<unknown>, 'method' | 'path' | 'headers'> | undefined
  let start = ''
  return ({ method, path, headers, body }, requestId) => {
    if (last === undefined || last.headers !== headers || last.path !== path || last.method !== method) {
      if (!path.startsWith('/') || NOT_IN_TARGET.test(path)) throw new TypeError(`no path of a request: ${show(path)}`)
      const lines = `host: ${host}\r\nconnection: keep-alive\r\n${headerLines(headers)}`
      start = `${method} ${path} HTTP/1.1\r\n${lines}x-request-id: `
      last = { method, path, headers }
    }
    if (body !== undefined) return `${start}${requestId}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    return `${start}${requestId}\r\n${WITHOUT_BODY.has(method) ? '' : 'content-length: 0\r\n'}\r\n`
  }
}

function headerLines(headers: Call<unknown>['headers']): string {
  let lines = ''
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    if (!TOKEN.test(name) || OWN.has(name.toLowerCase())) throw new TypeError(`no header of a call: ${show(name)}`)
    if (NOT_IN_VALUE.test(value)) throw new TypeError(`no value of the header ${name}: ${show(value)}`)
    lines += `${name}: ${value}\r\n`
  }
  return lines
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
