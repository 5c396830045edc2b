import type { JobRunRow } from './protected-state.ts'

/** The run that one start of a job has put on record. */
export interface JobClaim {
  /**
   * @returns the run as it is on record now; undefined: there is none yet; `'unclear'`: there are runs of this job of which
   *   nobody can say who started them
   */
  find(): Promise<JobRunRow | undefined | 'unclear'>
  /** Nothing more is looked for; a run that was found stays the claimer's. */
  release(): void
}

/** Whose run is whose, where several starts of one job may be on their way. */
export interface JobLedger {
  /** Before a job is started: what is on record by now is not its run. */
  claim(job: string): Promise<JobClaim>
}

/**
 * A job says its name in its record, and not who started it. So a run belongs to the start that was the only one on its way
 * without a run when it appeared, and stays with it. Where two were on their way, or two runs appeared, it is unclear.
 *
 * @param read everything that jobs have put on record
 */
export function openJobLedger(read: () => Promise<readonly JobRunRow[]>): JobLedger {
  const taken = new Set<string>()
  /** Starts on their way that have no run yet, by job. */
  const open = new Map<string, Set<JobClaim>>()

  return {
    async claim(job) {
      const before = new Set((await read()).map(({ id }) => id))
      const rivals = open.get(job) ?? new Set<JobClaim>()
      open.set(job, rivals)
      let mine: string | undefined
      let hadRival = rivals.size > 0
      const claim: JobClaim = {
        async find() {
          const rows = await read()
          if (mine !== undefined) return rows.find(({ id }) => id === mine)
          const fresh = rows.filter((row) => row.job === job && !before.has(row.id) && !taken.has(row.id))
          const [first] = fresh
          if (first === undefined) return undefined
          hadRival ||= [...rivals].some((rival) => rival !== claim)
          if (hadRival || fresh.length > 1) return 'unclear'
          mine = first.id
          taken.add(mine)
          rivals.delete(claim)
          return first
        },
        release: () => void rivals.delete(claim),
      }
      rivals.add(claim)
      return claim
    },
  }
}
