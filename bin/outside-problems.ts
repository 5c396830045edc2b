import type { External, RunExternal } from '../helpers/config/external.ts'
import { RehearsalError } from '../helpers/errors.ts'
import type { MapSql } from '../helpers/evidence.ts'
import type { Profile } from '../helpers/load/profile.ts'
import { databaseOf } from '../helpers/outside/database-of.ts'
import { databaseProblems } from '../helpers/outside/database-problems.ts'
import { looksLikeProduction } from '../helpers/outside/looks-like-production.ts'
import type { ExamPlatform } from '../helpers/platform/exam-platform.ts'
import { loadMapping, mapSql } from '../helpers/platform/map-sql.ts'

/** Phases that need nothing but candidates, and commands to break something; every other breaks or watches a stage. */
export function outsideSuites(external: Pick<External, 'faults'> | undefined): readonly string[] {
  return external?.faults === undefined ? ['2-load'] : ['2-load', '4-integrity']
}

export interface OutsideQuestion {
  readonly external: External | undefined
  /** The same for the run; absent exactly when `external` is. */
  readonly run: RunExternal | undefined
  readonly platform: ExamPlatform
  readonly profile: Profile
  readonly seed: number
  /** Ids of the suites that are to be played. */
  readonly suites: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Everything that speaks against a rehearsal on a platform outside, all at once, before anything is sent to it. Its database
 * is asked only when it may be, and only read.
 */
export async function outsideProblems(question: OutsideQuestion): Promise<readonly RehearsalError[]> {
  const { external, run, platform, profile, suites, env } = question
  if (external === undefined || run === undefined) {
    return [
      invalid(
        'external.url: the platform that --host external rehearses',
        'no external',
        'Describe it: docs/outside.md.',
      ),
    ]
  }
  const problems: RehearsalError[] = []
  const possible = outsideSuites(external)
  const elsewhere = suites.filter((suite) => !possible.includes(suite))
  if (elsewhere.length > 0) {
    problems.push(
      new RehearsalError('HOST_UNAVAILABLE', {
        expected: `with --host external only ${possible.join(', ')}${external.faults === undefined ? ' (and 4-integrity with external.faults)' : ''}`,
        seen: `${elsewhere.join(', ')}, which break or watch a stage of their own`,
        next: `Use --only ${possible.join(' --only ')}, or --host containers.`,
      }),
    )
  }
  if (profile.candidates > run.maxCandidates) {
    problems.push(
      refused(
        `at most ${run.maxCandidates} candidates (external.maxCandidates)`,
        `${profile.candidates} of the profile ${profile.name}`,
        'Choose a smaller profile, or raise external.maxCandidates when whoever runs it agrees.',
      ),
    )
  }
  if (external.databaseUrl === undefined && external.others === undefined) {
    problems.push(
      invalid(
        "external.others: 'none' or 'tolerated', for without external.databaseUrl nobody can look",
        'neither',
        "Make sure that nobody else is in an exam there, and say so: others: 'none'.",
      ),
    )
  }
  problems.push(...namedProduction('external.url', external, new URL(external.url).hostname))
  const { emails, examId, problems: dayProblems } = await dayOf(question, run, platform)
  problems.push(...dayProblems)
  problems.push(...(await askDatabase(external, run, platform, env, { emails, examId })))
  return problems
}

/** The candidates and the day, or what is wrong with them. */
async function dayOf(
  { profile, seed, suites, external }: OutsideQuestion,
  run: RunExternal,
  platform: ExamPlatform,
): Promise<{
  readonly emails?: readonly string[]
  readonly examId?: string
  readonly problems: readonly RehearsalError[]
}> {
  if (run.candidatesFile === undefined && platform.enrol === undefined) {
    const problem = invalid(
      'external.candidates, or enrol of the platform',
      'neither',
      'List who is registered there, or write enrol: docs/outside.md.',
    )
    return { problems: [problem] }
  }
  const { outsideDay } = await import('../fixtures/rehearse-outside.ts')
  const emails = new Set<string>()
  let examId: string | undefined
  try {
    const playable = suites.filter((one) => outsideSuites(external).includes(one))
    // Also beside a phase that cannot be played: all that is wrong is told at once.
    for (const suite of playable.length > 0 ? playable : outsideSuites(undefined)) {
      const { list } = await outsideDay({ profile, seed }, run, platform, suite)
      for (const { email } of list?.candidates ?? []) emails.add(email)
      examId = list?.exam.id
    }
    return examId === undefined ? { problems: [] } : { emails: [...emails], examId, problems: [] }
  } catch (error) {
    const all = error instanceof AggregateError ? error.errors : [error]
    if (!all.every((one) => one instanceof RehearsalError)) throw error
    return { problems: all }
  }
}

async function askDatabase(
  external: External,
  { databaseVariable, others }: RunExternal,
  { schema }: ExamPlatform,
  env: OutsideQuestion['env'],
  who: { readonly emails?: readonly string[] | undefined; readonly examId?: string | undefined },
): Promise<readonly RehearsalError[]> {
  if (databaseVariable === undefined) return []
  const given = env[databaseVariable]?.trim() ?? ''
  if (given === '' || !URL.canParse(given) || !/^postgres(?:ql)?:$/.test(new URL(given).protocol)) {
    return [
      invalid(
        `the variable ${databaseVariable}, which external.databaseUrl names: a URL that begins with postgres://`,
        given === '' ? 'not set' : 'something else, which is not repeated here',
        `Set ${databaseVariable}, or leave external.databaseUrl out.`,
      ),
    ]
  }
  const { host, database } = databaseOf(given)
  const looks = namedProduction('external.databaseUrl', external, host, database)
  // One that nobody has named is not even looked at.
  if (looks.length > 0) return looks
  const { emails, examId } = who
  return databaseProblems({
    ...{ databaseUrl: given, map: await mapOf(schema), others },
    ...(emails === undefined ? {} : { emails }),
    ...(examId === undefined ? {} : { examId }),
  })
}

async function mapOf(schema: string | undefined): Promise<MapSql> {
  if (schema === undefined) return (sql) => sql
  const mapping = await loadMapping(schema)
  return (sql) => mapSql(sql, mapping)
}

function namedProduction(
  field: string,
  external: External,
  host: string,
  database?: string,
): readonly RehearsalError[] {
  const why = looksLikeProduction(host, database)
  const names = database === undefined ? [host] : [host, database]
  if (why === undefined || names.some((name) => external.notProduction?.includes(name))) return []
  return [
    refused(
      `${field}: a platform that is for tests`,
      `it looks like production: ${why}`,
      `If it is not, name it: external.notProduction: [${names.map((name) => JSON.stringify(name)).join(' or ')}].`,
    ),
  ]
}

function refused(expected: string, seen: string, next: string): RehearsalError {
  return new RehearsalError('OUTSIDE_REFUSED', { expected, seen, next, service: 'the platform outside' })
}

function invalid(expected: string, seen: string, next: string): RehearsalError {
  return new RehearsalError('CONFIG_INVALID', { expected, seen, next, service: 'the platform outside' })
}
