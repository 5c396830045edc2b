import type { FreezeChecker } from '../freeze/freeze-case.ts'
import { type FreezeWindow, tellStory } from '../freeze/windows.ts'
import { conclude } from '../observability/observed.ts'

/** A step of the job, and the end of its process on a busy machine, beyond the bound. */
const LAST_STEP_MS = 3_000

/** A job that runs when the freeze begins stops at its next step, with exit code 0, and puts that on record. */
export const jobsStop: FreezeChecker = {
  id: 'jobs-stop',
  title: 'A job that runs when the freeze begins stops at its next step, and says so on record',
  gate: 'exam-mode',
  judge({ contract, records }) {
    const { jobStatus, propagationMs } = contract
    const story = tellStory(records.records, propagationMs)
    const found: string[] = []
    let gap: string | undefined
    const counts = { started: 0, stopped: 0 }
    const blame = ({ doubt }: FreezeWindow, text: string): void => {
      if (doubt === null) found.push(text)
      else gap ??= `${text}; but ${doubt}`
    }
    let slowestMs: number | null = null
    for (const job of story.jobs) {
      if (job.purpose !== 'stop') continue
      counts.started += 1
      const window = story.windows.find(({ enabled, ackUs }) => enabled && ackUs > job.invokeUs)
      if (job.seenRunning !== true) gap ??= `${job.job} was not seen running before the freeze began`
      else if (job.unclear) gap ??= `which run on record is that of ${job.job} is unclear`
      else if (window === undefined) gap ??= `no freeze began while ${job.job} was running`
      // Until the bound it need not have known of the freeze, and its process ends later than its work.
      else if (job.completeUs <= window.ackUs + propagationMs * 1_000 && job.run?.status === jobStatus.done)
        gap ??= `${job.job} was done before it had to know of the freeze`
      else {
        const afterMs = (job.completeUs - window.ackUs) / 1_000
        slowestMs = Math.max(slowestMs ?? 0, afterMs)
        if (job.exitCode === null && afterMs < propagationMs + LAST_STEP_MS)
          gap ??= `${job.job} was not watched to its end: ${job.problem}`
        else if (job.run?.status !== jobStatus.stopped || job.exitCode !== 0)
          blame(
            window,
            `${job.job} ran when the freeze began and ${job.exitCode === null ? `went on for ${afterMs.toFixed(0)} ms` : `ended with exit code ${job.exitCode}`}; on record it is ${job.run?.status ?? 'nothing'}, not ${jobStatus.stopped}`,
          )
        else if (afterMs > propagationMs + LAST_STEP_MS)
          blame(window, `${job.job} stopped only ${afterMs.toFixed(0)} ms after the freeze began`)
        else counts.stopped += 1
      }
    }
    if (counts.started === 0) gap ??= 'no job was started before the freeze began'
    return conclude(this, found, gap, {
      counts,
      figures: [
        {
          label: 'end of a running job after the freeze began',
          measured: slowestMs,
          limit: propagationMs + LAST_STEP_MS,
          unit: 'ms',
          bad: 'above',
        },
      ],
    })
  },
}
