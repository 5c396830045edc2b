/**
 * What a platform may lack without being unfit for an exam. Each in words that finish the sentence "the platform has
 * no ...": the reason of every check that is not judged because of it.
 */
export const CAPABILITIES = {
  answerVersions: 'version numbers on answers',
  overlappingAnswers: 'answers of one candidate that overlap',
  idempotentCreate: 'idempotency key for starting an exam',
  idempotentSubmit: 'idempotency key for handing in',
  runtimeFreezeToggle: 'exam-day freeze that can be switched while it runs',
  metrics: 'metrics of its own',
  requestLogs: 'log line for each request',
  tokenRefresh: 'renewal of tokens',
  logout: 'log-out',
  review: 'review of the answers after handing in',
  markForReview: 'marks for review',
  backgroundJobs: 'background jobs that can be started',
  redis: 'Redis',
} as const

export type Capability = keyof typeof CAPABILITIES

/** Every one is answered: what is forgotten must not count as present, nor as absent. */
export type Capabilities = Readonly<Record<Capability, boolean>>

/** What is absent, in the order of the table. */
export function lacking(capabilities: Capabilities): readonly Capability[] {
  return (Object.keys(CAPABILITIES) as Capability[]).filter((name) => !capabilities[name])
}
