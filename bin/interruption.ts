/** Whether, how and how often a run was told to stop. */
export interface Interruption {
  /** 0: it was not. */
  readonly count: number
  /** What it was told by first: a signal's name, or the words for an error. */
  readonly reason: string | undefined
  interrupt(reason: string): void
  /** `listener` hears every interruption from now on. The undo is to dispose of what is returned. */
  subscribe(listener: () => void): Disposable
}

export function createInterruption(): Interruption {
  const listeners = new Set<() => void>()
  let count = 0
  let first: string | undefined
  return {
    get count() {
      return count
    },
    get reason() {
      return first
    },
    interrupt(reason) {
      count += 1
      first ??= reason
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
  }
}
