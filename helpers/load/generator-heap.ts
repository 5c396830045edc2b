/**
 * How Node collects garbage in a process that generates load, as its own flags (`node --v8-options`).
 *
 * Nothing of a day is big, and a pause makes requests leave late. As Node is, its first window had one of 30 to 100 ms on
 * two busy cores: V8 uses the idle time before the doors open to give memory back, and lets the heap grow in small steps
 * again when everybody starts. Alone on the machine: 39 ms and 11 collections of the whole heap in one day of `dev`,
 * 12 ms and none with these (then with room for 512 MB).
 */
export const GENERATOR_HEAP: readonly string[] = [
  '--no-memory-reducer',
  // No collection of the whole heap before it has grown to this, MB: a day of `dev` has 50 MB alive.
  '--initial-old-space-size=256',
  // What lives for one answer only is gone before it is looked at, MB.
  '--min-semi-space-size=16',
  '--max-semi-space-size=32',
  // While everybody starts much lives on, so V8 would make such objects where only a collection of the whole heap finds
  // them, for good: 2 000 candidates in a closed loop left 30 MB there every second, 5 MB with this.
  '--no-allocation-site-pretenuring',
]
