import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { judgeRestore, type RestoreRecord } from '../checkers/restore.ts'
import type { Companion, CompanionConclusion, CompanionContext } from '../companion.ts'
import { deadline } from '../deadline.ts'
import { readEvidence, storeEvidence } from '../evidence.ts'
import { RECOVERY_RULES } from '../faults/recovery.ts'
import type { Service } from '../host.ts'
import { NO_SHORT_SESSION, notJudged } from '../platform/not-judged.ts'
import type { Scenario } from '../run-scenario.ts'
import { BACKUP_COMMANDS, type Backup, type BackupCommands, restoreBackup, takeBackup } from './backup.ts'
import { drillGuests } from './drill-guests.ts'
import { excuseDrill } from './excuse-drill.ts'
import { expiringGuests } from './expiring-guests.ts'
import { BACKLOG, judgeBacklog } from './judge-backlog.ts'
import { judgeDrill, outagesOf } from './judge-drill.ts'

const BACKUP_MS = 60_000
const RESTORE_MS = 60_000
/** Answers to the last submits are there by then, and the disk is not theirs any more. */
const SUBMITTED_MS = 2_000
/** Looks for the begin and end of a fault. */
const LOOK_EVERY_MS = 25

export interface RecoveryDrillOptions {
  readonly scenario: Scenario
  /** Where the tools for backup and restore run. */
  readonly database: Service
  /** Name of the fault after which guests start, whose time then runs out one by one... */
  readonly before: string
  /** ...and of the one during which some of it must. */
  readonly during: string
  /** Proof only: other commands than {@link BACKUP_COMMANDS}. */
  readonly commands?: BackupCommands
  /** Proof only: change the restored database before it is read. */
  readonly tamper?: (databaseUrl: string) => Promise<void>
}

/**
 * The operator of a recovery drill, beside the candidates: starts sessions whose time runs out while the database is
 * away, takes a backup in the middle of the submits, restores it when all have handed in, and reads it.
 *
 * Checks: `back-in-service`, `retry-amplification`, `backlog-drained`, `restore`.
 */
export function recoveryDrill(options: RecoveryDrillOptions): Companion {
  const { scenario, before, during } = options
  const { plan, exam } = scenario
  const isFixed = scenario.platform.fixedDuration === true
  const rule = RECOVERY_RULES[plan.profile.name]
  const { firstSeconds, stepSeconds } = drillGuests(rule)
  let restore: RestoreRecord = { kind: 'not-restored', why: 'the load was over before a backup could be taken' }
  let sessions: ReadonlySet<string> = new Set()

  const startGuests = async (context: CompanionContext): Promise<void> => {
    await using guests = expiringGuests(context, {
      api: scenario.platform.api,
      seed: plan.seed,
      exam,
      guests: exam.candidates.slice(plan.candidates.length),
      firstSeconds,
      stepSeconds,
    })
    if (!(await context.stepBegan('start-burst'))) return
    await guests.logIn()
    if (!(await waitFor(context, () => context.activeFaults().includes(before)))) return
    if (!(await waitFor(context, () => !context.activeFaults().includes(before)))) return
    sessions = await guests.start()
  }

  const drillBackup = async (context: CompanionContext): Promise<void> => {
    if (!(await context.stepBegan('submit-spike'))) return
    // Some have handed in by then, and some have not.
    const halfMs = plan.profile.submitSpreadMs / 2
    if (!(await rested(halfMs, context.signal))) return
    const handedIn = rested(halfMs + SUBMITTED_MS, context.signal)
    try {
      const { database: service, commands = BACKUP_COMMANDS } = options
      const source = { service, databaseUrl: context.stage.databaseUrl() }
      using limit = deadline(BACKUP_MS)
      const backup = await takeBackup(source, { clock: context.clock, limit, commands })
      await writeFile(join(context.dir, 'backup.json'), `${JSON.stringify(backup, null, 2)}\n`)
      // A whole database is written: beside the submits it would be their response time that is measured.
      await handedIn
      restore = await restoreAndRead(source, backup, options, context.dir)
    } catch (error) {
      restore = { kind: 'not-restored', why: error instanceof Error ? error.message : String(error) }
    }
  }

  return {
    async play(context) {
      // Sessions that last as long as the exam cannot run out in an outage of seconds.
      await Promise.all([...(isFixed ? [] : [startGuests(context)]), drillBackup(context)])
    },
    async conclude({ dir, history, evidence, expectations, faults, machine }: CompanionConclusion) {
      const outages = outagesOf(history, faults, rule)
      await writeFile(join(dir, 'outages.json'), `${JSON.stringify(outages, null, 2)}\n`)
      const timed = [
        ...judgeDrill(outages, [before, during], rule),
        isFixed
          ? notJudged(BACKLOG, NO_SHORT_SESSION)
          : judgeBacklog(during, sessions, outages, history, evidence, expectations),
      ]
      return [...excuseDrill(timed, outages, during, rule, machine), judgeRestore(restore, history, expectations)]
    },
  }
}

async function restoreAndRead(
  source: { readonly service: Service; readonly databaseUrl: string },
  backup: Backup,
  { scenario, commands = BACKUP_COMMANDS, tamper }: RecoveryDrillOptions,
  dir: string,
): Promise<RestoreRecord> {
  using limit = deadline(RESTORE_MS)
  await using restored = await restoreBackup(source, backup, { limit, commands })
  await tamper?.(restored.databaseUrl)
  const { sqlDir, graceSeconds, ownInvariants = [] } = scenario
  const evidence = await readEvidence({ databaseUrl: restored.databaseUrl, sqlDir, graceSeconds })
  await storeEvidence(evidence, join(dir, 'restored'))
  const { point, bytes, tookMs: dumpMs } = backup
  return { kind: 'restored', point, bytes, dumpMs, restoreMs: restored.tookMs, evidence, ownInvariants }
}

async function waitFor({ signal }: CompanionContext, holds: () => boolean): Promise<boolean> {
  while (!holds()) if (!(await rested(LOOK_EVERY_MS, signal))) return false
  return true
}

/** False: the load was over first. */
function rested(ms: number, signal: AbortSignal): Promise<boolean> {
  // It rejects for one reason only.
  return sleep(ms, undefined, { signal }).then(
    () => true,
    () => false,
  )
}
