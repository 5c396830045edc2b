import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownTables, SQL_DIR } from '../fixtures/own-tables.ts'
import { isIncomplete } from '../helpers/complete-evidence.ts'
import type { OwnInvariants } from '../helpers/config/own-invariants.ts'
import { RehearsalError } from '../helpers/errors.ts'
import { readEvidence } from '../helpers/evidence.ts'
import type { ExamPlatform } from '../helpers/platform/exam-platform.ts'
import { loadPlatform } from '../helpers/platform/load-platform.ts'
import { takeConfigFlag } from './config-flag.ts'
import { configuredInvariants, configuredPlatform, loadConfig } from './load-config.ts'
import { tellIntegrity } from './tell-integrity.ts'
import { DATABASE_URL, readToolFlags } from './tool-flags.ts'
import { type Say, sayToStandardOutput } from './tool-output.ts'

const CONFIG = fileURLToPath(new URL('../rehearsal.config.ts', import.meta.url))

/**
 * Does this database agree with itself? Every query of `sql/invariants/`, and of one's own, over the tables and with the grace
 * of the platform that the configuration names; in one read-only snapshot, and nothing is written. Made for the hour after a
 * real exam as well.
 *
 * @returns 0 every promise holds; 1 one is broken; 2 one could not be checked, or no session or no answer is there to
 *   check anything on; 3 bad input, tables that the mapping does not fit, or no database: nothing was checked
 */
export async function integrityCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  say: Say = sayToStandardOutput,
): Promise<0 | 1 | 2 | 3> {
  const { file: configFile = CONFIG, rest, problems: configProblems } = takeConfigFlag(argv, env)
  const { values, problems } = readToolFlags(
    rest,
    env,
    {
      'database-url': DATABASE_URL,
      'grace-seconds': {
        expected: 'whole seconds from 0 to 3600',
        isValid: (value) => /^\d{1,4}$/.test(value) && Number(value) <= 3_600,
      },
    },
    {
      flagsOnly: true,
      others: { config: { env: 'REHEARSAL_CONFIG', expected: 'another configuration than rehearsal.config.ts' } },
    },
  )
  const { platform, own, problems: misconfigured } = await configuredQueries(configFile)
  problems.push(...configProblems, ...misconfigured)
  const databaseUrl = values['database-url']
  if (problems.length > 0 || databaseUrl === undefined) {
    for (const problem of problems) say(problem.message)
    return 3
  }
  const grace = values['grace-seconds']
  const graceSeconds = grace === undefined ? (platform.graceSeconds ?? 0) : Number(grace)
  const dir = await mkdtemp(join(tmpdir(), 'integrity-'))
  let evidence: Awaited<ReturnType<typeof readEvidence>>
  try {
    const tables = await ownTables(platform, dir, own)
    await tables?.check(databaseUrl)
    const sqlDir = tables?.scenario.sqlDir ?? SQL_DIR
    evidence = await readEvidence({ databaseUrl, sqlDir, graceSeconds, keeps: isIncomplete })
  } catch (error) {
    if (!(error instanceof RehearsalError)) throw error
    say(error.message)
    return 3
  } finally {
    await rm(dir, { recursive: true })
  }
  return tellIntegrity(evidence, say)
}

/** What is asked, by the configuration: the platform with its mapping, and the invariants of one's own; or what is wrong. */
async function configuredQueries(configFile: string): Promise<{
  readonly platform: Pick<ExamPlatform, 'schema' | 'capabilities' | 'graceSeconds'>
  readonly own?: OwnInvariants
  readonly problems: readonly RehearsalError[]
}> {
  const configured = await loadConfig(configFile)
  const config = 'config' in configured ? configured.config : configured.usable
  const { platform, problems } = await configuredPlatform(config, configFile)
  const { ownInvariants, problems: ownProblems } = await configuredInvariants(config, configFile)
  const all = [...('problems' in configured ? configured.problems : []), ...problems, ...ownProblems]
  return {
    platform: await loadPlatform(all.length === 0 ? platform?.file : undefined),
    ...(ownInvariants === undefined ? {} : { own: ownInvariants }),
    problems: all,
  }
}
