import { createRequire } from 'node:module'

/*
 * A program: autocannon as a candidate has to use it, who reads what came of the answer. Its command line cannot parse a
 * reply; its API can.
 *
 * node bench/load-autocannon.ts <url> <body> <connections> <seconds> <requests a second; 0: a closed loop>
 */
interface Options {
  readonly url: string
  readonly method: 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connections: number
  readonly duration: number
  readonly overallRate?: number
  readonly verifyBody: (body: string) => boolean
}

/** The package has no types of its own. */
const autocannon = createRequire(import.meta.url)('autocannon') as (
  options: Options,
) => Promise<{ readonly mismatches: number; readonly errors: number }>

const [url, body, connections, seconds, rate] = process.argv.slice(2) as [string, string, string, string, string]
const asked = (JSON.parse(body) as { client_event_id: string }).client_event_id
const { mismatches, errors } = await autocannon({
  ...{ url, method: 'POST', headers: { 'content-type': 'application/json' }, body },
  ...{ connections: Number(connections), duration: Number(seconds) },
  ...(Number(rate) > 0 ? { overallRate: Number(rate) } : {}),
  verifyBody: (reply) =>
    (JSON.parse(reply) as { answer: { client_event_id: string } }).answer.client_event_id === asked,
})
if (mismatches > 0 || errors > 0) {
  process.stderr.write(`${mismatches} other answers, ${errors} errors\n`)
  process.exitCode = 1
}
