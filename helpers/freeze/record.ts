/** When something was asked and answered, µs since the run's epoch: the clock of the history. */
interface Asked {
  readonly invokeUs: number
  readonly completeUs: number
}

/** What came back; null: nothing did, and `problem` says why. */
interface Replied {
  readonly status: number | null
  /** Worker that answered (`X-Worker`). */
  readonly worker: string | null
  readonly problem?: string
}

/** What was to be expected when the record was begun. */
export interface FreezeHeader {
  readonly kind: 'header'
  /** Worker processes of the backend. */
  readonly workers: number
  /** User id of the administrator on whose behalf everything is asked; null: the access token does not say it. */
  readonly actor: string | null
  /** Names of the faults that the phase plays. */
  readonly faults: readonly string[]
}

/** The switch was used. Acknowledged with status 200 only. */
export interface ToggleRecord extends Asked, Replied {
  readonly kind: 'toggle'
  readonly requestId: string
  readonly enabled: boolean
  readonly reason: string
}

/** A worker was asked whether it is frozen. */
export interface StateRecord extends Asked, Replied {
  readonly kind: 'state'
  readonly enabled: boolean | null
  readonly source: string | null
}

/** An operation was tried, over a connection of its own. */
export interface ProbeRecord extends Asked, Replied {
  readonly kind: 'probe'
  /** Id of the operation. */
  readonly operation: string
  readonly requestId: string
  readonly errorCode: string | null
  /** The envelope had exactly the fields of the contract, and the request id that was sent. */
  readonly exactEnvelope: boolean
  /** When the look before began, µs: whatever changed did so after it, and maybe before the probe was sent. */
  readonly sinceUs: number
  /** Protected tables that differ between the look before and the look after; null: one of the looks failed. */
  readonly changed: readonly string[] | null
}

/** One look at the protected tables that belongs to no probe. `changed` from the begin of the look before to its own end. */
export interface LookRecord {
  readonly kind: 'look'
  readonly sinceUs: number
  readonly timeUs: number
  readonly changed: readonly string[] | null
}

/** What a job put on record about itself. */
export interface JobRun {
  readonly status: string
  readonly reason: string
  readonly stepsDone: number
  readonly rowsWritten: number
}

/** A job was started. `stop`: it was meant to be running when the freeze began. */
export interface JobRecord extends Asked {
  readonly kind: 'job'
  readonly job: string
  readonly purpose: 'control' | 'skip' | 'stop'
  /** null: it had not ended when the prober stopped waiting, or could not be started; `problem` says which. */
  readonly exitCode: number | null
  /** null: it put nothing on record. */
  readonly run: JobRun | null
  /** There are runs on record of which nobody can say whether this start made them; `run` is null. */
  readonly unclear?: true
  /** Of `stop`: it was seen running before the freeze was asked for. */
  readonly seenRunning?: boolean
  readonly problem?: string
}

/** A fault began or ended. */
export interface FaultRecord {
  readonly kind: 'fault'
  readonly name: string
  readonly active: boolean
  readonly timeUs: number
}

/** From then on the platform was well again after a fault, as candidates saw it; null: it never was. Not in the file. */
export interface RecoveryRecord {
  readonly kind: 'recovery'
  readonly name: string
  readonly timeUs: number | null
}

/** One line of `freeze.ndjson`. */
export type FreezeRecord =
  | FreezeHeader
  | ToggleRecord
  | StateRecord
  | ProbeRecord
  | LookRecord
  | JobRecord
  | FaultRecord
  | RecoveryRecord

/** Everything that the prober wrote down, for the checkers. */
export interface FreezeRecords {
  /** The file was written to its end, and every line of it could be read. */
  readonly complete: boolean
  readonly records: readonly FreezeRecord[]
}

/** Read `freeze.ndjson`. A line that is cut off makes it incomplete; the others count. */
export function parseFreezeRecords(text: string): FreezeRecords {
  const records: FreezeRecord[] = []
  let complete = text.endsWith('\n')
  for (const line of text.split('\n')) {
    if (line === '') continue
    try {
      records.push(JSON.parse(line) as FreezeRecord)
    } catch {
      complete = false
    }
  }
  return { complete, records }
}
