import { RehearsalError } from '../helpers/errors.ts'
import { letCompilersEnd } from './let-compilers-end.ts'
import { ToolHelp } from './tool-help.ts'

/*
 * The one entry: node bin/rehearse.ts run|doctor [options]
 *
 * Everything else is loaded from here, because a file that an old Node.js cannot parse ends the program with 1, and 1
 * means NO-GO. Nothing was rehearsed then, so it is 3.
 */

process.on('exit', letCompilersEnd)

const MIN_NODE_MAJOR = 24
const NOTHING_REHEARSED = 3

/** Single tools, each with flags of its own. */
const TOOLS = {
  fault: async () => (await import('./fault-command.ts')).faultCommand,
  init: async () => (await import('./init-command.ts')).initCommand,
  integrity: async () => (await import('./integrity-command.ts')).integrityCommand,
  metrics: async () => (await import('./metrics-command.ts')).metricsCommand,
  preflight: async () => (await import('./preflight-command.ts')).preflightCommand,
  saturate: async () => (await import('./saturate-command.ts')).saturateCommand,
} as const

/** What a tool takes before its flags. */
const WORDS: Readonly<Record<string, string>> = { fault: ' <name>', init: ' [folder]' }

try {
  if (Number.parseInt(process.versions.node, 10) < MIN_NODE_MAJOR) {
    throw new RehearsalError('RUNTIME_TOO_OLD', {
      expected: `Node.js ${MIN_NODE_MAJOR} or newer`,
      seen: process.versions.node,
      next: 'Run ./bootstrap, which brings its own.',
    })
  }
  const [command = '', ...rest] = process.argv.slice(2)
  const tool = Object.hasOwn(TOOLS, command) ? await TOOLS[command as keyof typeof TOOLS]() : undefined
  if (tool !== undefined) process.exit(await tool(rest, process.env))
  const { rehearse } = await import('./rehearse-command.ts')
  process.exit(await rehearse(process.argv.slice(2), process.env))
} catch (error) {
  if (error instanceof ToolHelp) {
    const command = process.argv[2] ?? ''
    process.stdout.write(
      `usage: node bin/rehearse.ts ${command}${WORDS[command] ?? ''} [options]\n\n${error.message}\n`,
    )
    process.exit(0)
  }
  process.stderr.write(`${error instanceof RehearsalError ? error.message : describeBug(error)}\n`)
  process.exit(NOTHING_REHEARSED)
}

function describeBug(error: unknown): string {
  return `The entry itself failed:\n${error instanceof Error ? error.stack : String(error)}`
}
