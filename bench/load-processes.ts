import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerCount, ServerLog } from './load-server.ts'

/** Programs on one processor each, and what the kernel says of them (Linux). */

export const TOOL_CPU = 0
const SERVER_CPU = 1
const END_WITHIN_MS = 10_000
const USER_HZ = 100
const ROOT = fileURLToPath(new URL('..', import.meta.url))

const taskset = await found('taskset')
if (taskset === undefined || availableParallelism() <= Math.max(TOOL_CPU, SERVER_CPU)) {
  throw new Error('two processors and taskset (Debian: util-linux) are needed: tool and server must not share one')
}

/** @param held whether the server holds its answers for a while and logs how long */
export async function startServer({ held }: { readonly held: boolean } = { held: false }) {
  const script = fileURLToPath(new URL('load-server.ts', import.meta.url))
  const running = startPinned(SERVER_CPU, [process.execPath, script, held ? 'held' : 'at-once'], 'ipc')
  const [{ port }] = (await once(running.child, 'message')) as [{ port: number }]
  const ask = async (what: 'count' | 'log'): Promise<unknown> => {
    const reply = once(running.child, 'message')
    running.child.send(what)
    return (await reply)[0]
  }
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    count: () => ask('count') as Promise<ServerCount>,
    log: () => ask('log') as Promise<ServerLog>,
    async [Symbol.asyncDispose]() {
      await running.end('SIGKILL')
    },
  }
}

/** A program on one processor. `taskset` becomes the program, so its pid is the program's. */
export function startPinned(cpu: number, command: readonly [string, ...string[]], channel: 'pipe' | 'ipc') {
  const child: ChildProcess = spawn(taskset as string, ['--cpu-list', String(cpu), ...command], {
    stdio: channel === 'ipc' ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  })
  if (child.pid === undefined) throw new Error(`${command[0]} could not be started`)
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk
    })
  }
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  return {
    child,
    pid: child.pid,
    said: () => (said === '' ? 'It said nothing.' : `It said: ${said.trim()}`),
    refuseEnded(name: string): void {
      if (hasEnded()) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}. It said: ${said}`)
    },
    /** Its exit code; null: a signal ended it. Idempotent. */
    async end(signal: NodeJS.Signals): Promise<number | null> {
      if (!hasEnded()) child.kill(signal)
      const killing = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS)
      const [code] = await exited
      clearTimeout(killing)
      return code
    },
  }
}

/** User and system time of a process and all its threads so far (Linux). */
export async function cpuUs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // After the command, which is in brackets and may hold spaces: utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / USER_HZ) * 1_000_000
}

export async function highestRssBytes(pid: number): Promise<number> {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kilobytes === undefined) throw new Error(`the kernel does not tell the highest memory of process ${pid}`)
  return Number(kilobytes) * 1_024
}

/** Where a program is: on the PATH or in .tools/bin. */
export async function found(program: string): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), join(ROOT, '.tools/bin')]) {
    const path = join(folder, program)
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (folder !== '' && isThere) return path
  }
  return undefined
}
