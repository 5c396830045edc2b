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
 * The requests of one connection. Headers that an adapter gives as the same object again, as one may who is the same
 * candidate, are looked at once: they must not change.
 *
 * @param host name and port, as the address has them
 */
export function createRequestWriter(host: string): RequestWriter {
  let written: Call<unknown>['headers'] | undefined
  let lines = ''
  return ({ method, path, headers, body }, requestId) => {
    if (!path.startsWith('/') || NOT_IN_TARGET.test(path)) throw new TypeError(`no path of a request: ${show(path)}`)
    if (written !== headers) {
      lines = `host: ${host}\r\nconnection: keep-alive\r\n${headerLines(headers)}`
      written = headers
    }
    const head = `${method} ${path} HTTP/1.1\r\n${lines}x-request-id: ${requestId}\r\n`
    if (body === undefined) return WITHOUT_BODY.has(method) ? `${head}\r\n` : `${head}content-length: 0\r\n\r\n`
    return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
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
