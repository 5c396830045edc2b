import type { Executor } from '../executor.ts'

/** The loop of one participant. */
export interface Loop {
  readonly participant: number
  /** What it does, each after its think time. Shared, never copied: thousands of participants have long lists. */
  readonly actions: readonly { readonly thinkMs: number }[]
  /** Actions that must be offered if the backend keeps its SLO; the rest is only there to fill the time. */
  readonly due: number
  /** No action starts after this; after the start of the day. */
  readonly leaveMs: number
}

export interface LoopPart {
  /** Resolves when the participant may begin: true, or false when it never will. */
  ready(participant: number): Promise<boolean>
  /** One action. Resolves to false when the participant is done for good. */
  act(participant: number, action: number, intendedUs: number): Promise<boolean>
}

/**
 * Partly-open model: people come when they come (`ready`), and each of them works through a closed loop with think time:
 * answers, reads the next question, answers again. The intended time of an action is the end of the one before plus its
 * think time. A slow backend slows such a loop down; how much load was lost to
 * that is counted against `due`, so that it cannot hide (P5).
 */
export function partlyOpen(options: { readonly label: string; readonly loops: readonly Loop[] }): Executor<LoopPart> {
  const { label, loops } = options
  return {
    model: 'partly-open',
    describe() {
      const due = loops.reduce((sum, loop) => sum + loop.due, 0)
      return `${label}: ${loops.length} participants, one action at a time with think time, at least ${due} actions in all`
    },
    async run({ scheduler, originUs, signal }, part) {
      let started = 0
      let finished = 0
      let dropped = 0
      await Promise.all(
        loops.map(async ({ participant, actions, due, leaveMs }) => {
          const leaveUs = originUs + leaveMs * 1_000
          let offered = 0
          let wanted = due
          if (await part.ready(participant)) {
            for (let action = 0; action < actions.length; action += 1) {
              const { thinkMs } = actions[action] as (typeof actions)[number]
              const intendedUs = scheduler.nowUs() + Math.round(thinkMs * 1_000)
              if (intendedUs > leaveUs || !(await scheduler.until(intendedUs, signal))) break
              offered += 1
              started += 1
              const goesOn = await part.act(participant, action, intendedUs)
              finished += 1
              // Whoever is told that the exam is over has nothing left to offer.
              if (!goesOn) {
                wanted = Math.min(wanted, offered)
                break
              }
            }
          }
          dropped += Math.max(0, wanted - offered)
        }),
      )
      const planned = loops.reduce((sum, loop) => sum + loop.due, 0)
      return { planned, started, finished, dropped }
    },
  }
}
