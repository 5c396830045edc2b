/*
 * Preloaded into every worker of a rehearsal (`vitest.config.ts`, execArgv).
 *
 * Ctrl-C goes to the whole process group of a terminal, and a supervisor often signals a whole group or cgroup. A
 * worker that dies of it cannot tear its stage down, nor say what it had already proven. Only the entry decides: it
 * cancels the run, which aborts the tests' signal, and teardown follows.
 */

const exit = process.exit.bind(process)

process.on('SIGINT', () => undefined)
process.on('SIGHUP', () => undefined)
process.on('SIGTERM', () => {
  // Vitest ends a worker with SIGTERM too, after the worker has torn down and stopped listening to it.
  if (process.listenerCount('message') === 0) exit()
})
