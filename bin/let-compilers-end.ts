const LONG_ENOUGH_MS = 100

/**
 * Let V8's own threads end what they compile, as the last thing before the program does; for `process.on('exit', ...)`.
 *
 * Such a thread may wait for a collection of garbage, which only the main thread can make, while Node.js, which is told to exit,
 * waits in the main thread for that thread: then the program has said all, and never ends (nodejs/node#54918). The main thread
 * makes the collection where a loop of JavaScript turns. Seen with Node.js 24.21: 6 of 25 programs that were ended while they
 * loaded their modules hung, and none of 60 that turned first.
 */
export function letCompilersEnd(): void {
  const untilMs = performance.now() + LONG_ENOUGH_MS
  while (performance.now() < untilMs);
}
