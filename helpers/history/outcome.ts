/**
 * Outcome of an operation, in Jepsen's words: `ok` must have had an effect, `fail` certainly had none, `info` may or
 * may not have had one.
 */
export type Outcome = 'ok' | 'fail' | 'info'
