import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Companion, CompanionContext } from '../companion.ts'
import type { ExamPlatform } from '../platform/exam-platform.ts'
import { NO_SHORT_SESSION, notJudged } from '../platform/not-judged.ts'
import type { Scenario } from '../run-scenario.ts'
import type { ExperienceSettings } from './experience-settings.ts'
import { createGuest, GuestIsStuck, LoadIsOver } from './guest.ts'
import { CLOCKS, judgeExperience, TOKENS } from './judge-experience.ts'
import type { Moment } from './moments.ts'
import {
  answersOnTwoDevices,
  CLOCK_OFF_MS,
  comesLate,
  logsOut,
  renewsTokens,
  resumes,
  runsIntoErrors,
  type ScriptContext,
} from './scripts.ts'

const LOOK_EVERY_MS = 25
const LIVES_UNKNOWN = 'the platform takes no setting for the life of its tokens'

/** Longer than this nobody waits for a grace to be over: phase 5 of a short profile would be over first. */
const LONGEST_GRACE_S = 10

/** Why nobody can find out here that a time is over; undefined: somebody can. */
function noLatecomer({ fixedDuration, graceSeconds }: ExamPlatform): string | undefined {
  if (fixedDuration === true) return NO_SHORT_SESSION
  if (graceSeconds === undefined || graceSeconds <= LONGEST_GRACE_S) return undefined
  return `the grace of the platform, ${graceSeconds} s, is longer than the ${LONGEST_GRACE_S} s that a latecomer of this phase can wait`
}

/** Who plays what; each is a registered candidate beyond the plan. */
const CAST = [
  { play: resumes('fast'), clockOffMs: CLOCK_OFF_MS, afterRestart: false, needs: null },
  { play: resumes('slow'), clockOffMs: -CLOCK_OFF_MS, afterRestart: false, needs: null },
  { play: renewsTokens, clockOffMs: 0, afterRestart: false, needs: 'tokenRefresh' },
  // Once more: a restart that comes in between makes a step come too late to mean anything.
  { play: renewsTokens, clockOffMs: 0, afterRestart: true, needs: 'tokenRefresh' },
  { play: logsOut, clockOffMs: 0, afterRestart: false, needs: 'logout' },
  // Without versions nobody can say which of two answers at once is the newer one.
  { play: answersOnTwoDevices, clockOffMs: 0, afterRestart: false, needs: 'answerVersions' },
  { play: comesLate, clockOffMs: -CLOCK_OFF_MS, afterRestart: false, needs: null },
  { play: runsIntoErrors, clockOffMs: 0, afterRestart: false, needs: null },
] as const

/** Registered guests that the scripts need. */
export const EXPERIENCE_GUESTS = CAST.length

export interface CandidateExperienceOptions {
  readonly scenario: Scenario
  /** What the backend was configured with. */
  readonly settings: ExperienceSettings
  /** Name of the fault by which the backend is restarted. */
  readonly restart: string
}

/**
 * Candidates with a script, beside those of the plan. Everything they are told is in the history, judged like everybody's,
 * and in `experience.ndjson`, from which the checks `resume`, `logout-keeps-session`, `timer`, `token-renewal`,
 * `server-decides-time`, `clear-errors` and `nobody-stuck` are judged.
 */
export function candidateExperience({ scenario, settings, restart }: CandidateExperienceOptions): Companion {
  const { plan, exam, platform } = scenario
  const moments: Moment[] = []
  /** Without it a token lives as long as it lives, and to wait for its end would prove nothing. */
  const isSet = platform.environment !== undefined
  const tooLate = noLatecomer(platform)

  return {
    async play(context) {
      const restarted = untilRestarted(context, restart)
      // Heard by the scripts that wait for it; nobody else has to.
      restarted.catch(() => undefined)
      const { promise: otherSession, resolve, reject } = Promise.withResolvers<string>()
      otherSession.catch(() => undefined)
      const shared: ScriptContext = {
        platform,
        clock: context.clock,
        settings,
        examId: exam.id,
        restarted,
        otherSession,
      }
      if (!(await context.stepBegan('arrivals'))) return
      try {
        await Promise.all(
          CAST.map(async ({ play, clockOffMs, afterRestart, needs }, index) => {
            if (needs !== null && !platform.capabilities[needs]) return
            if (needs === 'tokenRefresh' && !isSet) return
            if (play === comesLate && tooLate !== undefined) return
            const account = exam.candidates[plan.candidates.length + index]
            if (account === undefined) throw new TypeError(`the exam has no guest ${index + 1}`)
            const tell = (moment: Moment): void => {
              moments.push(moment)
              if (index === 0 && moment.kind === 'look') resolve(moment.session)
            }
            await using guest = createGuest({ context, platform, seed: plan.seed, exam, account, clockOffMs, tell })
            try {
              if (afterRestart) await restarted
              await play(guest, shared)
            } catch (error) {
              // What it did not come to is missing from the moments, why it could not is among them; both are judged.
              if (!(error instanceof LoadIsOver || error instanceof GuestIsStuck)) throw error
              reject(error)
            }
          }),
        )
      } finally {
        const lines = moments.map((moment) => `${JSON.stringify(moment)}\n`)
        await writeFile(join(context.dir, 'experience.ndjson'), lines)
      }
    },
    async conclude({ faults }) {
      const restarts = faults.flatMap(({ kind, injectedUs, healedUs }) =>
        kind.name !== restart || injectedUs === null ? [] : [{ name: kind.name, fromUs: injectedUs, toUs: healedUs }],
      )
      // Until the platform was well again, and not only until the fault was gone.
      const trouble = faults.flatMap(({ kind, injectedUs, healedUs, recovery }) => {
        if (injectedUs === null) return []
        const toUs = recovery?.kind === 'recovered' && healedUs !== null ? Math.max(recovery.atUs, healedUs) : null
        return [{ name: kind.name, fromUs: injectedUs, toUs }]
      })
      const judged = judgeExperience(moments, restarts, trouble, platform)
      const left = new Map([
        ...(isSet ? [] : [[TOKENS.id, LIVES_UNKNOWN] as const]),
        ...(tooLate === undefined ? [] : [[CLOCKS.id, tooLate] as const]),
      ])
      return judged.map((check) => {
        const reason = left.get(check.id)
        // What was found all the same is not excused.
        return reason === undefined || check.valid === false ? check : notJudged(check, reason)
      })
    },
  }
}

/** @throws LoadIsOver when it never was */
async function untilRestarted({ activeFaults, signal }: CompanionContext, restart: string): Promise<void> {
  const rest = (): Promise<void> =>
    sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {
      throw new LoadIsOver()
    })
  while (!activeFaults().includes(restart)) await rest()
  while (activeFaults().includes(restart)) await rest()
}
