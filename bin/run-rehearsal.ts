import { arch, availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { takeEpoch } from '../helpers/clock.ts'
import type { Comparison } from '../helpers/compare-runs.ts'
import { composeVerdict, type Observation, type RunFacts } from '../helpers/compose-verdict.ts'
import type { RunExternal } from '../helpers/config/external.ts'
import type { OwnBackend } from '../helpers/config/own-backend.ts'
import type { OwnInvariants } from '../helpers/config/own-invariants.ts'
import type { FaultChoice } from '../helpers/faults/choose-faults.ts'
import type { Profile } from '../helpers/load/profile.ts'
import type { RunPlatform } from '../helpers/platform/run-platform.ts'
import type { Run } from '../helpers/run.ts'
import { storeRunRecord } from '../helpers/run-record.ts'
import type { Problem, RunVerdict } from '../helpers/run-verdict.ts'
import { compareWithBaseline } from '../reports/compare-with-baseline.ts'
import { formatDuration } from '../reports/figures.ts'
import { visibleLines } from '../reports/hostile-text.ts'
import { writeReport } from '../reports/write-report.ts'
import type { Interruption } from './interruption.ts'
import { type Output, startLiveLine } from './live-line.ts'
import { createRunFolder, runIdOf } from './run-folder.ts'
import { runSuites } from './run-suites.ts'
import type { SuiteFile } from './suite-files.ts'
import type { Surroundings } from './surroundings.ts'

/** One validated run. */
export interface RunPlan {
  readonly profile: Profile
  readonly seed: number
  readonly host: Run['host']
  readonly hostReason: string
  readonly keep: boolean
  readonly bail: boolean
  /** How many phases may play side by side. */
  readonly atOnce: number
  readonly suites: readonly SuiteFile[]
  /** Faults that were asked for by name; absent: those of the profile. */
  readonly faults?: FaultChoice
  /** The backend that is rehearsed; absent: the reference. */
  readonly backend?: OwnBackend
  /** How it is spoken to; absent: like the reference. */
  readonly platform?: RunPlatform
  /** Promises of one's own about the rows. */
  readonly ownInvariants?: OwnInvariants
  /** The platform outside, with host `external`. */
  readonly external?: RunExternal
  /** Folder with `vitest.config.ts`, absolute. */
  readonly projectDir: string
  /** Folder of all runs, absolute; `latest` is put beside it. */
  readonly runsDir: string
  readonly command: string
  readonly source: { readonly sha: string | null; readonly dirty: boolean | null }
  /** Folder of the run to compare with, absolute; absent: the last GO of the same profile and phases. */
  readonly baseline?: string | undefined
}

/** What one run came to. */
export interface RunEnd {
  readonly verdict: RunVerdict
  readonly runDir: string
}

/**
 * Rehearse once: folder with an INCONCLUSIVE placeholder, guardian, suites, clean-up, verdict, report. Whatever goes
 * wrong after the folder exists becomes a problem in the verdict, never a missing verdict.
 *
 * @throws RUN_FOLDER_UNWRITABLE, before anything was started
 */
export async function runRehearsal(
  plan: RunPlan,
  surroundings: Surroundings,
  interruption: Interruption,
  output: Output,
): Promise<RunEnd> {
  const epoch = takeEpoch()
  const id = runIdOf(epoch.wall, plan.profile.name, plan.seed)
  const { profile, seed, host, hostReason, keep, bail, atOnce } = plan
  const run: Run = {
    ...{ id, dir: join(plan.runsDir, id), epoch, profile, seed, host, hostReason, keep, bail, atOnce },
    ...(plan.faults === undefined ? {} : { faults: plan.faults }),
    ...(plan.backend === undefined ? {} : { backend: plan.backend }),
    ...(plan.platform === undefined ? {} : { platform: plan.platform }),
    ...(plan.ownInvariants === undefined ? {} : { ownInvariants: plan.ownInvariants }),
    ...(plan.external === undefined ? {} : { external: plan.external }),
  }
  const problems: Problem[] = []
  let observation: Observation = { delivered: [], problems: [] }
  let comparison: Comparison | undefined
  const factsAt = (finishedAt: string | null): RunFacts => ({
    run,
    finishedAt,
    command: plan.command,
    source: plan.source,
    machine: {
      ...{ node: process.versions.node, cpus: availableParallelism(), memoryBytes: totalmem() },
      ...processorOf(cpus()[0]?.model),
    },
    atOnce,
    planned: plan.suites.map((suite) => suite.id),
    observation,
    problems: [...interruptedProblem(interruption), ...problems],
    ...(comparison === undefined ? {} : { comparison }),
  })
  const compose = (finishedAt: string | null): RunVerdict => composeVerdict(factsAt(finishedAt))
  /** What the verdict is composed from, and the verdict: so that it can be composed again from the folder. */
  const write = async (finishedAt: string | null): Promise<RunVerdict> => {
    const facts = factsAt(finishedAt)
    const verdict = composeVerdict(facts)
    await storeRunRecord(facts)
    await writeReport(run.dir, verdict)
    return verdict
  }

  output.write(`run     ${run.id}\n`)
  await createRunFolder(run.dir, compose(null))
  await storeRunRecord(factsAt(null)).catch((error: unknown) => problems.push(reportUnwritable(error)))
  {
    await using live = startLiveLine(run.dir, output)
    const note = (kind: string, error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      problems.push({ kind, message })
      live.say(visibleLines(message))
    }
    using _ = interruption.subscribe(() => {
      live.say(
        interruption.count === 1
          ? `Stopping (${interruption.reason}): the stage is torn down and the report written. Again: by force.`
          : `Stopping by force (${interruption.reason}).`,
      )
    })
    try {
      await using guardian = await surroundings.startGuardian(run.id, host)
      try {
        let writing: Promise<unknown> = Promise.resolve()
        observation = await runSuites(plan.projectDir, run, plan.suites, interruption, {
          onSuiteStart: (suite) => live.began(suite),
          async onSuiteEnd(suite, soFar) {
            // A run that is killed later leaves behind what it had proven.
            observation = soFar
            live.ended(suite)
            // Suites may end at the same time, and each writes the same files.
            writing = writing.then(() => write(null))
            await writing
            // What a person has read is on disk.
            live.say(describeSuite(suite, soFar))
          },
        })
      } catch (error) {
        note('entry-error', error)
      }
      await surroundings.removeData(run.id, host).catch((error: unknown) => note('left-behind', error))
      if (run.keep && compose(new Date().toISOString()).verdict === 'NO-GO') {
        guardian.keep()
        live.say(visibleLines(await describeKept(run, surroundings)))
      } else {
        live.at('cleaning up')
        await proveNothingLeft(run, surroundings, note)
      }
    } catch (error) {
      note('guardian', error)
    }
  }
  const finishedAt = new Date().toISOString()
  comparison = await compareWithBaseline(compose(finishedAt), run.dir, plan.baseline)
  try {
    return { verdict: await write(finishedAt), runDir: run.dir }
  } catch (error) {
    // A verdict that is not on disk is no GO for anybody; a proven NO-GO stays one.
    problems.push(reportUnwritable(error))
    return { verdict: compose(new Date().toISOString()), runDir: run.dir }
  }
}

function reportUnwritable(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error)
  return { kind: 'report-unwritable', message: `The report could not be written: ${message}` }
}

/** What --keep has left for a person to look at. A suite may have had nothing up any more. */
async function describeKept({ id, host }: Run, { assertNothingLeft }: Surroundings): Promise<string> {
  try {
    await assertNothingLeft(id, host)
    return `--keep: nothing of the stage of ${id} is up any more.`
  } catch (left) {
    return `--keep: left up until the next run. ${left instanceof Error ? left.message : String(left)}`
  }
}

/** A run that leaves something behind has not ended as it should; what is left is then removed all the same. */
async function proveNothingLeft(
  { id, host }: Run,
  { assertNothingLeft, removeRun }: Surroundings,
  note: (kind: string, error: unknown) => void,
): Promise<void> {
  try {
    await assertNothingLeft(id, host)
  } catch (left) {
    note('left-behind', left)
    try {
      await removeRun(id, host)
    } catch (error) {
      note('left-behind', error)
    }
  }
}

function interruptedProblem({ reason }: Interruption): Problem[] {
  return reason === undefined ? [] : [{ kind: 'interrupted', message: `The run was interrupted: ${reason}.` }]
}

function describeSuite(suite: string, { delivered }: Observation): string {
  const result = delivered.find((one) => one.suite === suite)?.result
  if (result === undefined) return `${suite}: delivered no result`
  const count = (valid: boolean | 'unknown') => result.checks.filter((check) => check.valid === valid).length
  return `${suite}: ${count(true)} checks hold, ${count(false)} are false, ${count('unknown')} unknown, after ${formatDuration(result.durationMs)}`
}

/** Some systems have no name for their processor; then it is not known, and not called the same as another. */
function processorOf(model: string | undefined): { readonly processor?: string } {
  const name = model?.trim() ?? ''
  return name === '' || name === 'unknown' ? {} : { processor: `${name}, ${arch()}` }
}
