/** What whoever watches over an exam is told: the counts of `GET /v1/admin/exams/{id}/summary`. */
export interface MonitorCounts {
  readonly active: number
  readonly submitted: number
  readonly expired: number
  readonly answers: number
}

/** One look at the monitor. */
export interface MonitorLook {
  /** When it was asked and when the answer was there, µs since the run's epoch. */
  readonly askedUs: number
  readonly answeredUs: number
  /** null: no answer, or one that is none. */
  readonly counts: MonitorCounts | null
  /** Why there are no counts. */
  readonly reason?: string
}
