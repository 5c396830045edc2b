const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const STRAY = ['uncaughtException', 'unhandledRejection'] as const

export interface SignalListener {
  /** `count` is 1 for the first signal of this process, whichever signals they are. */
  onSignal(signal: NodeJS.Signals, count: number): void
  /** An error that nobody caught, in this process. */
  onStrayError(error: unknown): void
}

/**
 * From here until disposed, signals and stray errors of this process are ours alone.
 *
 * Vitest (and lock files of libraries) install handlers that leave the process within a millisecond, with an exit code
 * that would read as NO-GO and without teardown or report. Whoever else listens to one of these events is taken off
 * again before the event loop can deliver anything to it.
 */
export function ownSignals(listener: SignalListener): Disposable {
  // One emitter with several kinds of events; the typed overloads of `process` know them one by one only.
  const events: NodeJS.EventEmitter = process
  let count = 0
  const own = new Map<string | symbol, (...args: unknown[]) => void>()
  for (const signal of SIGNALS) {
    own.set(signal, () => {
      count += 1
      listener.onSignal(signal, count)
    })
  }
  for (const event of STRAY) own.set(event, (error) => listener.onStrayError(error))
  const displaced: [string | symbol, (...args: unknown[]) => void][] = []
  for (const [event, handler] of own) {
    for (const other of events.listeners(event)) {
      displaced.push([event, other as (...args: unknown[]) => void])
      events.off(event, other as (...args: unknown[]) => void)
    }
    events.on(event, handler)
  }
  const keepOut = (event: string | symbol, other: (...args: unknown[]) => void) => {
    if (own.has(event)) queueMicrotask(() => events.off(event, other))
  }
  events.on('newListener', keepOut)
  return {
    [Symbol.dispose]() {
      events.off('newListener', keepOut)
      for (const [event, handler] of own) events.off(event, handler)
      for (const [event, other] of displaced) events.on(event, other)
    },
  }
}
