import type { FreezeChecker } from '../freeze/freeze-case.ts'
import type { JobRecord } from '../freeze/record.ts'
import { insideOf, tellStory } from '../freeze/windows.ts'
import { conclude } from '../observability/observed.ts'

/**
 * C21 for jobs: started under freeze, a job does nothing, ends with exit code 0 and puts on record that it was skipped.
 * Started without freeze the same job does its work: otherwise the skip proves nothing, and this is unknown.
 */
export const jobsSkip: FreezeChecker = {
  id: 'jobs-skip',
  title: 'Under freeze every job is skipped with exit code 0, and says so on record',
  gate: 'exam-mode',
  judge({ contract, records }) {
    const { jobs, jobStatus, propagationMs } = contract
    const story = tellStory(records.records, propagationMs)
    const found: string[] = []
    let gap: string | undefined
    const counts = { controls: 0, skipped: 0, executed: 0 }
    for (const { name } of jobs) {
      const of = (purpose: JobRecord['purpose'], enabled: boolean) =>
        story.jobs.filter(
          (job) => job.job === name && job.purpose === purpose && insideOf(story, job)?.enabled === enabled,
        )
      const frozen = of('skip', true)
      for (const job of frozen) {
        const { exitCode, run } = job
        if (exitCode === null) gap ??= `${name} did not run to its end under freeze: ${job.problem}`
        else if (job.unclear) gap ??= `which run on record is that of ${name} under freeze is unclear`
        else if (run?.status === jobStatus.skipped && exitCode === 0) counts.skipped += 1
        else {
          if (run !== null && run.status !== jobStatus.skipped) counts.executed += 1
          const record = run === null ? 'put nothing on record' : `is on record as ${run.status}`
          const executed = `under freeze ${name} ended with exit code ${exitCode} and ${record}`
          const doubt = insideOf(story, job)?.doubt ?? null
          if (doubt === null) found.push(executed)
          else gap ??= `${executed}; but ${doubt}`
        }
      }
      if (frozen.length === 0) gap ??= `${name} was never started under freeze`
      const control = of('control', false).find((job) => job.exitCode === 0 && job.run?.status === jobStatus.done)
      if (control === undefined)
        gap ??= `without freeze ${name} was not seen to do its work, so that a skip proves nothing`
      else counts.controls += 1
    }
    if (jobs.length === 0) gap ??= 'there is no job'
    return conclude(this, found, gap, { counts })
  },
}
