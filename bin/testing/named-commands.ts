import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArguments, USAGE } from '../arguments.ts'
import { takeConfigFlag } from '../config-flag.ts'
import { GATE_USAGE, parseGateArguments } from '../gate-command.ts'
import { REPLAY_USAGE } from '../replay-command.ts'

/*
 * The commands that pages and workflows tell people and pipelines to run, held against what this checkout can do: a
 * command that is tried for the first time on the night before an exam is too late.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const ENTRY = 'bin/rehearse.ts'
/** What pnpm does itself. */
const PNPM_OWN = ['install', 'add', 'run', '--version']
/** What pnpm does itself although there is a script of that name. */
const SHADOWED = ['doctor']
/** Stands for whatever is only known when somebody runs it: a variable, a placeholder, the output of a command. */
const OPEN = /[$…<]/
/** A value of each flag whose value may be open. */
const SAMPLES: Readonly<Record<string, string>> = {
  'image-digest': `sha256:${'0'.repeat(64)}`,
  'max-age': '7d',
  profile: 'release',
  baseline: 'latest',
  only: '2-load',
  faults: 'redis-refused',
  seed: '7',
}

/**
 * Every command of ours that a Markdown page or a workflow names: on a line of its own, after `run:`, or in `code`.
 * Comments, and what follows a pipe or a semicolon, are left out.
 */
export function commandsIn(text: string): readonly string[] {
  const found = text.matchAll(
    /(?:^[ \t]*(?:- )?(?:run: )?|`)((?:pnpm|npx|\.\/bootstrap|node (?:bin|fixtures|bench|reports)\/)[^\n`]*)/gm,
  )
  return [...new Set([...found].map(([, command = '']) => withoutTheRest(command)))]
}

function withoutTheRest(command: string): string {
  return command
    .replaceAll(/\$\{\{.*?\}\}/g, '$INPUT')
    .replaceAll(/\$\([^)]*\)/g, '$OUTPUT')
    .replace(/\s{2,}.*$|\s#.*$|\s[|&].*$|[;:,.]\s.*$|[;:,.)]+$/, '')
    .trim()
}

/**
 * What is wrong with a command: a script that package.json does not have, a file that is not there, a command or flag
 * that the entry does not know, or a value that it refuses. Empty: nothing.
 */
export function wrongWith(command: string): readonly string[] {
  const words = command
    .replaceAll(/[[\]"']/g, '')
    .split(/\s+/)
    .filter((word) => word !== '--')
  const [program, ...args] = words
  if (program === 'node') return wrongWithFile(args)
  if (program === 'pnpm' && args[0] === 'run') args.shift()
  else if (program === 'pnpm' && SHADOWED.includes(args[0] ?? '')) {
    return [`pnpm ${args[0]} is a command of pnpm itself: pnpm run ${args[0]}`]
  }
  if (program === './bootstrap' && (args[0] === undefined || args[0] === '--yes')) args.shift()
  const [name, ...rest] = args
  if (name === undefined || (program === 'pnpm' && PNPM_OWN.includes(name))) return []
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const script = scripts[name]
  if (script === undefined) return [`package.json has no script ${name}`]
  const [first, ...more] = script.split(' ')
  return first === 'node'
    ? wrongWithFile([...more, ...rest])
    : rest.map((word) => `${name} is not known to take ${word}`)
}

function wrongWithFile([file = '', ...args]: readonly string[]): readonly string[] {
  let source: string
  try {
    source = readFileSync(join(ROOT, file), 'utf8')
  } catch (error) {
    return [`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`]
  }
  if (file === ENTRY) return wrongWithEntry(closed(args))
  return flagsOf(args).flatMap((flag) =>
    new RegExp(`\\b${flag}'?: \\{`).test(source) ? [] : [`${file} knows no --${flag}`],
  )
}

function wrongWithEntry([command = '', ...args]: readonly string[]): readonly string[] {
  if (command === '--help' && args.length === 0) return []
  if (command === 'run' || command === 'doctor') {
    const { rest, problems } = takeConfigFlag(args, {})
    return [...problems, ...parseArguments([command, ...rest], {}, {}).problems].map(({ message }) => message)
  }
  if (command === 'gate') {
    const { rest, problems } = takeConfigFlag(args, {})
    const parsed = args.length === 0 ? [] : parseGateArguments(rest)
    return [...problems.map(({ message }) => message), ...(Array.isArray(parsed) ? parsed : [])]
  }
  const usage = USAGE + GATE_USAGE + REPLAY_USAGE
  if (!new RegExp(`\\b${command}\\b`).test(usage)) return [`${ENTRY} knows no command ${JSON.stringify(command)}`]
  return flagsOf(args).flatMap((flag) =>
    usage.includes(`--${flag} `) ? [] : [`${ENTRY} ${command} knows no --${flag}`],
  )
}

/** With a value in the place of each that is open. */
function closed(args: readonly string[]): readonly string[] {
  return args.map((word, index) => {
    const sample = SAMPLES[args[index - 1]?.replace(/^--/, '') ?? '']
    return OPEN.test(word) && sample !== undefined ? sample : word
  })
}

function flagsOf(args: readonly string[]): readonly string[] {
  return args.filter((word) => word.startsWith('--')).map((word) => word.slice(2).replace(/=.*$/, ''))
}
