/** Where a run stands, for the one live line. A phase publishes it about once a second. */
export interface Progress {
  readonly phase: string
  readonly step: string
  readonly candidates: {
    readonly planned: number
    readonly in: number
    readonly answering: number
    readonly submitted: number
  }
  readonly operationsPerSecond: number
  /** Of the last 10 s; null while there are too few operations. */
  readonly p95Ms: number | null
  readonly errors: number
  readonly activeFaults: readonly string[]
  readonly secondsLeft: number | null
}
