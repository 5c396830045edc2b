import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { INTEGRITY_CHECKERS } from '../helpers/checkers/integrity-checkers.ts'
import { configHash } from '../helpers/config/config-hash.ts'
import { RehearsalError } from '../helpers/errors.ts'
import { PROFILE_NAMES, type ProfileName } from '../helpers/load/profile.ts'
import { judgeRunAgain } from '../helpers/run-record.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { visibleLines } from '../reports/hostile-text.ts'
import { readVerdict } from '../reports/read-verdict.ts'
import { type GateQuestion, type JudgedRun, lossBefore, objection, refusals } from '../reports/release-gate.ts'
import { namedRisks } from '../reports/report-sections.ts'
import { renderJson } from '../reports/write-report.ts'
import type { Output } from './live-line.ts'
import {
  configuredBackend,
  configuredInvariants,
  configuredPlatform,
  configuredProfile,
  loadConfig,
} from './load-config.ts'

const PASSES = 0
const REFUSED = 1
const BAD_ARGUMENTS = 3
/** What a release has to hold: the least that is asked unless a person says, by name, that less will do. */
const LEAST_PROFILE: ProfileName = 'release'
const ALLOW_LESS = 'allow-smaller-profile'
/** Refused runs whose reasons are told; of older ones only how many there are. */
const RUNS_TOLD = 3

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

export const GATE_USAGE = `usage: node bin/rehearse.ts gate --image-digest <sha256:…> --max-age <7d>
       [--profile <name> --${ALLOW_LESS}]

  Exit 0 only when a kept run is a GO of all seven phases, of exactly this backend image and the configuration as it is
  now, not older than that, from a clean checkout, with every file as it was written, and no newer run of that image is
  NO-GO, nor an older one that lost answers or sessions. Otherwise 1, and every reason.

  --image-digest <sha256:…>  digest or image id of the backend, as the run's report names it
  --max-age <n>              how old the run may be: 90m, 48h, 7d
  --profile <name>           ${PROFILE_NAMES.join(' | ')}; ${LEAST_PROFILE} if absent
  --${ALLOW_LESS}    let a GO of a profile smaller than ${LEAST_PROFILE} do; needs --profile, and is printed
`

/**
 * Whether a release may pass.
 *
 * @param args what follows the word `gate`
 * @param judgeAgain how the files of a run are judged again; another one only in tests.
 * @returns 0 a run lets it pass; 1 none does, and every reason was said; 3 bad arguments or configuration
 */
export async function gate(
  args: readonly string[],
  runsDir: string,
  output: Output,
  configFile: string,
  judgeAgain: JudgeAgain = judgeFromFolder,
): Promise<0 | 1 | 3> {
  const say = (text: string) => output.write(`${visibleLines(text)}\n`)
  const parsed = parseGateArguments(args)
  if (parsed === 'help') {
    output.write(GATE_USAGE)
    return PASSES
  }
  if (Array.isArray(parsed)) {
    const wrong = new RehearsalError('CONFIG_INVALID', {
      expected: '--image-digest, --max-age and perhaps --profile, as the usage shows them',
      seen: parsed.join('; '),
      next: 'Correct all of these; the report of the run names the digest.',
    })
    say(wrong.message)
    output.write(GATE_USAGE)
    return BAD_ARGUMENTS
  }
  const { profile: name, imageDigest, maxAgeMs } = parsed as GateArguments
  const less = isSmaller(name) ? ` That is less than ${LEAST_PROFILE} asks; --${ALLOW_LESS} allowed it.` : ''
  const configured = await loadConfig(resolve(configFile))
  const config = 'config' in configured ? configured.config : {}
  const { profile, problems: profileProblems } = configuredProfile(name, config, configFile)
  const { platform, problems: platformProblems } = await configuredPlatform(config, configFile)
  const own = await configuredInvariants(config, resolve(configFile))
  const { backend, problems: backendProblems } = await configuredBackend(config, resolve(configFile), process.env)
  const problems = [
    ...('problems' in configured ? configured.problems : []),
    ...profileProblems,
    ...platformProblems,
    ...own.problems,
    ...backendProblems,
  ]
  if (problems.length > 0) {
    for (const problem of problems) say(problem.message)
    return BAD_ARGUMENTS
  }

  const question: GateQuestion = {
    profile: name,
    imageDigest,
    maxAgeMs,
    nowMs: Date.now(),
    configHash: (host) => configHash(profile, host, { backend, platform, ownInvariants: own.ownInvariants }),
  }
  const refused: string[] = []
  const broken: JudgedRun[] = []
  let ids: readonly string[]
  try {
    ids = await runsNewestFirst(runsDir)
  } catch (error) {
    if (!(error instanceof RehearsalError)) throw error
    say(error.message)
    return BAD_ARGUMENTS
  }
  for (const [position, id] of ids.entries()) {
    const dir = join(runsDir, id)
    const run = { id, ...(await readVerdict(dir)) }
    const reasons = refusals(run, question)
    // Judging again reads the whole history: only of a run that would pass otherwise.
    if (reasons.length === 0) reasons.push(...(await tampered(dir, judgeAgain)))
    const objections: string[] = []
    if (reasons.length === 0 && 'verdict' in run) {
      for (const newer of broken) {
        const against = objection(newer, run.verdict)
        if (against !== undefined) objections.push(`${newer.id}: ${against}`)
      }
    }
    if (objections.length > 0) {
      for (const one of objections) say(one)
      say(
        `REFUSED: ${id} is a GO, and what was proven broken since then is not outvoted. Mend it: that is another image.`,
      )
      return REFUSED
    }
    if (reasons.length === 0 && 'verdict' in run) {
      for (const older of ids.slice(position + 1)) {
        const loss = lossBefore({ id: older, ...(await readVerdict(join(runsDir, older))) }, run.verdict)
        if (loss !== undefined) objections.push(`${older}: ${loss}`)
      }
      if (objections.length > 0) {
        for (const one of objections) say(one)
        say(
          `REFUSED: ${id} is a GO, and a loss that was proven before it is not outvoted by rehearsing again. Mend it: that is another image.`,
        )
        return REFUSED
      }
      say(`PASSES: ${id} is a GO of all phases of profile ${name} for ${imageDigest}.${less}`)
      // Nobody lets something pass without having read what it leaves open.
      for (const risk of namedRisks(run.verdict)) say(`risk: ${risk}`)
      return PASSES
    }
    if (refused.length < RUNS_TOLD) for (const reason of reasons) say(`${id}: ${reason}`)
    refused.push(id)
    if ('verdict' in run && run.verdict.verdict === 'NO-GO') broken.push(run)
  }
  if (refused.length > RUNS_TOLD) say(`and ${refused.length - RUNS_TOLD} older runs, none of which passes`)
  say(
    refused.length === 0
      ? `REFUSED: no run is kept in ${runsDir}.`
      : 'REFUSED: no run that is kept lets this release pass.',
  )
  return REFUSED
}

/** The verdict of the run in a folder, judged from its files alone. Rejects when they are missing or changed. */
type JudgeAgain = (dir: string) => Promise<RunVerdict>

const judgeFromFolder: JudgeAgain = (dir) => judgeRunAgain(dir, Object.values(INTEGRITY_CHECKERS))

interface GateArguments {
  readonly profile: ProfileName
  readonly imageDigest: string
  readonly maxAgeMs: number
}

/** @returns the arguments, `help`, or every problem with them in words */
export function parseGateArguments(args: readonly string[]): GateArguments | 'help' | readonly string[] {
  const problems: string[] = []
  const given = new Map<string, string>()
  let lessIsAllowed = false
  const known = ['image-digest', 'max-age', 'profile']
  const { tokens } = parseArgs({
    args: args.filter((argument) => argument !== '--'),
    options: {
      ...Object.fromEntries(known.map((name) => [name, { type: 'string' as const }])),
      [ALLOW_LESS]: { type: 'boolean' },
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`gate takes no ${JSON.stringify(token.value)}`)
    if (token.kind !== 'option') continue
    if (token.name === 'help' || token.name === 'h') return 'help'
    if (token.name === ALLOW_LESS) {
      if (token.value !== undefined) problems.push(`--${ALLOW_LESS} takes no value`)
      lessIsAllowed = true
    } else if (!known.includes(token.name)) problems.push(`gate knows no ${token.rawName}`)
    else if (token.value === undefined) problems.push(`--${token.name} takes a value`)
    else given.set(token.name, token.value)
  }
  const imageDigest = given.get('image-digest')
  if (imageDigest === undefined || !/^sha256:[0-9a-f]{64}$/.test(imageDigest)) {
    problems.push(`--image-digest is sha256: and 64 hexadecimal digits; it is ${show(imageDigest)}`)
  }
  const age = /^([1-9]\d{0,4})([mhd])$/.exec(given.get('max-age') ?? '')
  if (age === null)
    problems.push(`--max-age is a number of m, h or d, for example 7d; it is ${show(given.get('max-age'))}`)
  const profile = given.get('profile') ?? 'release'
  if (!(PROFILE_NAMES as readonly string[]).includes(profile)) {
    problems.push(`--profile is one of ${PROFILE_NAMES.join(', ')}; it is ${show(profile)}`)
  } else if (isSmaller(profile as ProfileName) && !lessIsAllowed) {
    problems.push(
      `${profile} asks less of the platform than ${LEAST_PROFILE}, which a release has to hold; only --${ALLOW_LESS} lets it do`,
    )
  }
  if (problems.length > 0 || imageDigest === undefined || age === null) return problems
  const maxAgeMs = Number(age[1]) * (UNITS_MS[age[2] as string] as number)
  return { profile: profile as ProfileName, imageDigest, maxAgeMs }
}

/** The profiles are named from the smallest to the largest. */
function isSmaller(profile: ProfileName): boolean {
  return PROFILE_NAMES.indexOf(profile) < PROFILE_NAMES.indexOf(LEAST_PROFILE)
}

function show(value: string | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value)
}

/**
 * Ids begin with the time.
 * @throws RUN_UNKNOWN when the folder of the runs is there and cannot be listed: no run at all would be another answer
 */
async function runsNewestFirst(runsDir: string): Promise<readonly string[]> {
  try {
    return (await readdir(runsDir)).sort().reverse()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new RehearsalError('RUN_UNKNOWN', {
      expected: `the folder of the runs that are kept: ${runsDir}`,
      seen: error instanceof Error ? error.message : String(error),
      next: 'Make it a folder that can be read, with the runs below it.',
      cause: error,
    })
  }
}

/** Why the files of the run do not prove its verdict; empty when they do. */
async function tampered(dir: string, judgeAgain: JudgeAgain): Promise<readonly string[]> {
  try {
    const again = renderJson(await judgeAgain(dir))
    if ((await readFile(join(dir, 'verdict.json'), 'utf8')) === again) return []
    return [
      'judged again from its files it does not have the stored verdict: a file was changed, or this version judges otherwise',
    ]
  } catch (error) {
    return [`its files are missing or changed: ${error instanceof Error ? error.message : String(error)}`]
  }
}
