import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { GENERATOR_HEAP } from '../helpers/load/generator-heap.ts'
import { type AddedLatency, addedLatency } from './load-latency.ts'
import { type ManyCandidates, manyCandidates } from './load-many.ts'
import { cpuUs, found, highestRssBytes, startPinned, startServer, TOOL_CPU } from './load-processes.ts'
import { QUESTIONS, SESSION } from './load-server.ts'
import {
  type JudgedBound,
  type JudgedTarget,
  judgeLoad,
  type LoadFigure,
  type LoadMode,
  loadName,
  OWN,
  PACED_PER_SECOND,
} from './load-targets.ts'

/**
 * What the load generator costs beside others, in one session on one machine: `pnpm bench:load`, about 15 min, Linux with
 * two processors. Each tool is pinned to one of them and sends answers to the same trivial server on the other.
 *
 * Our engine is the one of a rehearsal with everything on. k6 does what a script of a candidate does: an answer with an id
 * and a number of its own, the headers of somebody who is logged in, and checks of the reply, but keeps no history.
 * autocannon only parses each reply and compares it with a body that never changes. wrk does not even parse.
 *
 * Every tool is measured from outside, the same way:
 * operations are what the server answered in the span, processor time and memory are what the kernel says of the process.
 *
 * After that, of our engine alone, `load-latency.ts` and `load-many.ts`.
 *
 * `--rounds <n>` (3) and `--seconds <n>` (5) for each measurement. wrk and k6 are used where they are on the PATH or in
 * .tools/bin. Writes reports/bench/load.json; exits 1 when a target is missed. A target whose tool is not there is not
 * judged, and neither is a figure of a tool that did something else than asked.
 */

const CONNECTIONS = [50, 400, 2_000] as const
const PACED_CONNECTIONS = 2_000
/** After the last connection has sent something: until compilers and collectors have settled, which takes operations. */
const WARM_UP_MS: Readonly<Record<LoadMode, number>> = { closed: 8_000, paced: 25_000 }
/** All connections must be there by then; 2 000 of k6 take some 5 s. */
const CONNECTED_WITHIN_MS = 30_000
const POLL_MS = 200
const OUTPUT = new URL('../reports/bench/load.json', import.meta.url)

/** The answer that the other tools send, of the length that a candidate's has. */
const ANSWER = JSON.stringify({
  question_id: 'question-7',
  selected_index: 3,
  client_event_id: '0b6d5c1e-3f0a-4f58-9d5e-7a1f0c2b4d6e',
  client_seq: 1,
})
const ANSWER_PATH = `/v1/sessions/${SESSION}/answer`

interface Load {
  readonly mode: LoadMode
  readonly connections: number
}

interface Tool {
  readonly name: string
  readonly version: string
  readonly modes: readonly LoadMode[]
  /** The program and its arguments; it may write into `dir`. Must go on until it is told to end. */
  command(load: Load, baseUrl: string, dir: string): Promise<readonly [string, ...string[]]>
  /** It must end by itself on SIGTERM and with 0. */
  readonly endsWell?: true
}

interface Result {
  readonly takenAt: string
  readonly machine: { readonly processor: string; readonly processors: number; readonly node: string }
  readonly rounds: number
  readonly secondsEach: number
  /** Of the last minute, before and after: what else the machine did disturbs every figure. */
  readonly loadAverage: { readonly before: number; readonly after: number }
  readonly tools: Readonly<Record<string, string>>
  readonly notFound: readonly string[]
  /** Measurements of other tools that could not be used, with the reason; the medians are of what is left. */
  readonly refused: readonly string[]
  readonly results: readonly LoadFigure[]
  readonly targets: readonly JudgedTarget[]
  readonly addedLatency: AddedLatency
  readonly manyCandidates: ManyCandidates
}

/** A tool did something else than what it is compared for. */
class NotComparable extends Error {}

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '5' } },
})
const rounds = positiveInteger('--rounds', options.rounds)
const seconds = positiveInteger('--seconds', options.seconds)
/** No tool may come to its end before the measurement does. */
const toolSeconds = Math.ceil((CONNECTED_WITHIN_MS + WARM_UP_MS.paced) / 1_000) + seconds + 30
const before = loadavg()[0] as number
const { tools, notFound } = await findTools()
for (const name of notFound) say(`${name}: not found, its targets are not judged`)
const loads: readonly Load[] = [
  ...CONNECTIONS.map((connections): Load => ({ mode: 'closed', connections })),
  { mode: 'paced', connections: PACED_CONNECTIONS },
]
const measured: LoadFigure[] = []
const refused: string[] = []
for (let round = 1; round <= rounds; round += 1) {
  for (const load of loads) {
    // Next to each other, so that whatever else the machine does in between disturbs all of them.
    for (const tool of tools.filter(({ modes }) => modes.includes(load.mode))) {
      try {
        const figure = await measure(tool, load)
        measured.push(figure)
        say(`round ${round}, ${inWords(figure)}`)
      } catch (error) {
        // Of another tool that is no reason to lose every other figure; our own must be measured.
        if (!(error instanceof NotComparable) || tool.name === OWN) throw error
        refused.push(`round ${round}: ${error.message}`)
        say(`round ${round}, refused: ${error.message}`)
      }
    }
  }
}
const results = mediansOf(measured)
const targets = judgeLoad(results)
const added = await addedLatency()
const many = await manyCandidates()
const result: Result = {
  takenAt: new Date().toISOString(),
  machine: { processor: (cpus()[0]?.model ?? 'unknown').trim(), processors: cpus().length, node: process.version },
  rounds,
  secondsEach: seconds,
  loadAverage: { before, after: loadavg()[0] as number },
  tools: Object.fromEntries(tools.map(({ name, version }) => [name, version])),
  notFound,
  refused,
  results,
  targets,
  addedLatency: added,
  manyCandidates: many,
}
await mkdir(new URL('.', OUTPUT), { recursive: true })
await writeFile(OUTPUT, `${JSON.stringify(result, null, 2)}\n`)
say(
  `\nmedians of ${rounds}, load average ${before.toFixed(2)} before and ${result.loadAverage.after.toFixed(2)} after:`,
)
for (const figure of results) say(inWords(figure))
say('')
for (const target of targets) say(targetInWords(target))
const bounds = [...added.bounds, ...many.bounds]
for (const bound of bounds) say(boundInWords(bound))
if ([...targets, ...bounds].some(({ state }) => state === 'missed')) process.exitCode = 1

/** One tool at one load, against a server of its own. */
async function measure(tool: Tool, load: Load): Promise<LoadFigure> {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'bench-load-'))
  stack.defer(() => rm(dir, { recursive: true }))
  const server = await startServer()
  stack.use(server)
  const name = `${tool.name} (${loadName(load)})`
  const running = startPinned(TOOL_CPU, await tool.command(load, server.baseUrl, dir), 'pipe')
  stack.defer(async () => {
    await running.end('SIGKILL')
  })

  const waitingSinceMs = performance.now()
  while ((await server.count()).connections < load.connections) {
    running.refuseEnded(name)
    if (performance.now() - waitingSinceMs > CONNECTED_WITHIN_MS) {
      const { connections } = await server.count()
      throw new NotComparable(
        `${name}: ${connections} connections after ${CONNECTED_WITHIN_MS / 1_000} s. ${running.said()}`,
      )
    }
    await sleep(POLL_MS)
  }
  await sleep(WARM_UP_MS[load.mode])
  const from = { atMs: performance.now(), cpuUs: await cpuUs(running.pid), ...(await server.count()) }
  await sleep(seconds * 1_000)
  const to = { atMs: performance.now(), cpuUs: await cpuUs(running.pid), ...(await server.count()) }
  const rssBytes = await highestRssBytes(running.pid)
  running.refuseEnded(name)

  const operations = to.answers - from.answers
  if (operations === 0 || to.refused > 0) {
    throw new Error(`${name}: ${operations} answers, ${to.refused} requests not understood. ${running.said()}`)
  }
  if (to.connections > load.connections) {
    throw new NotComparable(
      `${name}: it used ${to.connections} connections: what broke and came again is not comparable`,
    )
  }
  const exitCode = await running.end('SIGTERM')
  if (tool.endsWell && exitCode !== 0) throw new Error(`${name}: it ended with ${exitCode}. ${running.said()}`)
  return {
    tool: tool.name,
    ...load,
    cpuUsPerOp: (to.cpuUs - from.cpuUs) / operations,
    opsPerSecond: (operations / (to.atMs - from.atMs)) * 1_000,
    rssBytes,
  }
}

async function findTools(): Promise<{ tools: readonly Tool[]; notFound: readonly string[] }> {
  const [wrk, k6] = await Promise.all([found('wrk'), found('k6')])
  const tools = [
    engine(),
    await autocannon(),
    ...(wrk === undefined ? [] : [wrkTool(wrk, await firstLine(wrk, '-v'))]),
    ...(k6 === undefined ? [] : [k6Tool(k6, await firstLine(k6, 'version'))]),
  ]
  return { tools, notFound: [...(wrk === undefined ? ['wrk'] : []), ...(k6 === undefined ? ['k6'] : [])] }
}

function engine(): Tool {
  return {
    name: OWN,
    version: 'this checkout',
    modes: ['closed', 'paced'],
    endsWell: true,
    command: async ({ mode, connections }, baseUrl, dir) => [
      process.execPath,
      ...GENERATOR_HEAP,
      fileURLToPath(new URL('load-engine.ts', import.meta.url)),
      baseUrl,
      String(mode === 'paced' ? (connections / PACED_PER_SECOND) * 1_000 : 0),
      String(connections),
      dir,
      String(toolSeconds),
    ],
  }
}

async function autocannon(): Promise<Tool> {
  const manifest = createRequire(import.meta.url).resolve('autocannon/package.json')
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  return {
    name: 'autocannon',
    version,
    modes: ['closed', 'paced'],
    command: async ({ mode, connections }, baseUrl) => [
      process.execPath,
      fileURLToPath(new URL('load-autocannon.ts', import.meta.url)),
      `${baseUrl}${ANSWER_PATH}`,
      ANSWER,
      String(connections),
      String(toolSeconds),
      String(mode === 'paced' ? PACED_PER_SECOND : 0),
    ],
  }
}

/** It has no paced mode; wrk2 is another program. */
function wrkTool(program: string, version: string): Tool {
  return {
    name: 'wrk',
    version,
    modes: ['closed'],
    async command({ connections }, baseUrl, dir) {
      const script = join(dir, 'answer.lua')
      await writeFile(
        script,
        `wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/json'\nwrk.body = [[${ANSWER}]]\n`,
      )
      const args = ['--threads', '1', '--connections', String(connections), '--duration', `${toolSeconds}s`]
      return [program, ...args, '--script', script, `${baseUrl}${ANSWER_PATH}`]
    },
  }
}

/**
 * Paced by think time, as candidates are; its constant-arrival-rate would not be 2 000 people. Its own time is part of it, or
 * it would offer less than the others.
 */
function k6Tool(program: string, version: string): Tool {
  return {
    name: 'k6',
    version,
    modes: ['closed', 'paced'],
    async command({ mode, connections }, baseUrl, dir) {
      const meanSeconds = connections / PACED_PER_SECOND
      const script = join(dir, 'answer.js')
      await writeFile(
        script,
        `import http from 'k6/http'
import { check, sleep } from 'k6'
import exec from 'k6/execution'
export const options = { vus: ${connections}, duration: '${toolSeconds}s' }
let seq = 0
export default function () {
  const startedMs = Date.now()
  seq += 1
  const nonce = crypto.randomUUID()
  const answer = { question_id: 'question-' + (seq % ${QUESTIONS}), selected_index: seq % 5, client_event_id: nonce, client_seq: seq }
  const reply = http.post('${baseUrl}${ANSWER_PATH}', JSON.stringify(answer), {
    headers: { 'content-type': 'application/json', authorization: 'Bearer token', 'x-request-id': 'run-' + __VU + '-' + seq },
    tags: { name: 'save-answer' },
  })
  const told = reply.status === 200 ? reply.json().answer : undefined
  const isSaved = check(reply, {
    'the answer was taken': () => reply.status === 200,
    'it is the one that was sent': () => told !== undefined && told.client_event_id === nonce && told.client_seq === seq,
  })
  if (reply.status === 200 && !isSaved) exec.test.abort('another answer')
  ${mode === 'paced' ? `sleep(Math.max(0, ${meanSeconds / 2} + Math.random() * ${meanSeconds} - (Date.now() - startedMs) / 1000))` : ''}
}
`,
      )
      return [program, 'run', '--quiet', '--no-usage-report', '--no-summary', '--address', '', script]
    },
  }
}

async function firstLine(program: string, flag: string): Promise<string> {
  // wrk prints its version and its usage and ends with 1.
  const { stdout } = await promisify(execFile)(program, [flag]).catch((error: { stdout?: string }) => {
    if (typeof error.stdout !== 'string' || error.stdout === '') throw error
    return { stdout: error.stdout }
  })
  return (stdout.split('\n')[0] as string).trim()
}

function mediansOf(figures: readonly LoadFigure[]): readonly LoadFigure[] {
  const groups = Map.groupBy(figures, ({ tool, mode, connections }) => `${mode} ${connections} ${tool}`)
  return [...groups.values()].map((group): LoadFigure => {
    const median = (of: 'cpuUsPerOp' | 'opsPerSecond' | 'rssBytes') => {
      const sorted = group.map((figure) => figure[of]).toSorted((a, b) => a - b)
      return sorted[Math.floor((sorted.length - 1) / 2)] as number
    }
    const { tool, mode, connections } = group[0] as LoadFigure
    return {
      tool,
      mode,
      connections,
      cpuUsPerOp: Math.round(median('cpuUsPerOp') * 10) / 10,
      opsPerSecond: Math.round(median('opsPerSecond')),
      rssBytes: median('rssBytes'),
    }
  })
}

function inWords(figure: LoadFigure): string {
  const { tool, cpuUsPerOp, opsPerSecond, rssBytes } = figure
  return `${loadName(figure)}: ${tool} ${cpuUsPerOp.toFixed(1)} µs an operation, ${Math.round(opsPerSecond)}/s, ${Math.round(rssBytes / 1e6)} MB`
}

function targetInWords(target: JudgedTarget): string {
  const about = `${target.what} at ${loadName(target)}, ÷ ${target.against}`
  const wanted = `wanted at most ${target.atMost}`
  if (target.state === 'not-judged') return `not judged: ${about}: ${target.why}; ${wanted}`
  return `${target.state}: ${about}: ${target.ratio.toFixed(3)}; ${wanted}${target.why === undefined ? '' : `; ${target.why}`}`
}

function boundInWords({ what, measured, below, state }: JudgedBound): string {
  return `${state}: ${what}: ${measured.toFixed(2)}; wanted below ${below}`
}

function positiveInteger(flag: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new Error(`${flag} should be a whole number of at least 1, instead got ${text}`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
