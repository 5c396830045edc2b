import type { History } from './checker.ts'

/** The history of which nothing could be read: nothing was said, as far as anybody knows. */
export const emptyHistory: History = { complete: false, events: () => [], operations: () => [] }
