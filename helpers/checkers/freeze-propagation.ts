import type { FreezeChecker } from '../freeze/freeze-case.ts'
import { insideOf, isAcknowledged, settledIn, tellStory, touchesFault } from '../freeze/windows.ts'
import { conclude } from '../observability/observed.ts'

/** On, off, on, off: a switch that was used less says little of a switch. */
const LEAST_TOGGLES = 4

/**
 * Every worker knows of every toggle within the bound. A worker that says otherwise later is a violation; how long the
 * slowest went on saying otherwise is the figure.
 */
export const freezePropagation: FreezeChecker = {
  id: 'freeze-propagation',
  title: 'Every worker knows of every toggle within the bound',
  gate: 'exam-mode',
  judge({ contract: { propagationMs }, records }) {
    const story = tellStory(records.records, propagationMs)
    const acknowledged = story.toggles.filter(isAcknowledged).length
    const found: string[] = []
    let gap: string | undefined
    let slowestMs: number | null = null
    for (const state of story.states) {
      const window = insideOf(story, state)
      if (window === undefined || state.enabled === null || touchesFault(story, state)) continue
      slowestMs ??= 0
      if (state.enabled === window.enabled) continue
      const lateMs = (state.invokeUs - window.ackUs) / 1_000
      slowestMs = Math.max(slowestMs, (state.completeUs - window.ackUs) / 1_000)
      if (settledIn(story, state, propagationMs) === undefined) continue
      const late = `${state.worker ?? 'a worker'} still said ${word(state.enabled)} ${lateMs.toFixed(0)} ms after ${word(window.enabled)} was acknowledged`
      if (window.doubt === null) found.push(late)
      else gap ??= `${late}; but ${window.doubt}`
    }
    const { header } = story
    if (header === undefined) gap ??= 'nothing was probed'
    else if (acknowledged < LEAST_TOGGLES)
      gap ??= `the freeze was toggled ${acknowledged} times, at least ${LEAST_TOGGLES} are needed`
    else {
      for (const window of story.windows) {
        const told = new Set(
          story.states
            .filter((state) => state.enabled === window.enabled && insideOf(story, state) === window)
            .flatMap(({ worker }) => (worker === null ? [] : [worker])),
        )
        // The first window is only there to begin from: it says what is so already.
        if (window !== story.windows[0] && told.size < header.workers)
          gap ??= `${told.size} of ${header.workers} workers were heard to say ${word(window.enabled)} after it was acknowledged`
      }
      const settled = new Set(
        story.states
          .filter((state) => settledIn(story, state, propagationMs)?.enabled === true && state.worker !== null)
          .map(({ worker }) => worker),
      )
      if (settled.size < header.workers) gap ??= 'not every worker was asked again after the bound'
    }
    return conclude(this, found, gap, {
      counts: {
        toggles: acknowledged,
        states: story.states.length,
        ...(header === undefined ? {} : { workers: header.workers }),
      },
      figures: [
        {
          label: 'last contrary word of a worker after a toggle',
          measured: slowestMs,
          limit: propagationMs,
          unit: 'ms',
          bad: 'above',
        },
      ],
    })
  },
}

function word(enabled: boolean): string {
  return enabled ? 'frozen' : 'not frozen'
}
