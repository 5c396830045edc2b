import { describe, expect, test } from 'vitest'
import type { ServiceProcess } from '../host.ts'
import { crewNow, findCrew, largestCrew } from './crew.ts'

const process = (pid: number, parent: number, commandLine: string, ageMs: number | null = 60_000): ServiceProcess => ({
  pid,
  parent,
  name: commandLine.split(' ')[0] as string,
  commandLine,
  ageMs,
})
const pids = (processes: readonly ServiceProcess[] | undefined) => processes?.map(({ pid }) => pid)
const found = (processes: readonly ServiceProcess[], workerCommand: string | null = null) =>
  pids(findCrew(processes, workerCommand).crew?.workers)

/** A healthy platform of several programs in one container. */
const PHP = [
  process(1, 0, '/bin/sh /app/start.sh'),
  process(7, 1, 'nginx: master process nginx'),
  process(8, 7, 'nginx: worker process'),
  process(9, 1, 'php-fpm: master process (/etc/php-fpm.conf)'),
  ...Array.from({ length: 8 }, (_, index) => process(10 + index, 9, 'php-fpm: pool www', 60_000 - index)),
  process(20, 1, '/bin/sh /app/start.sh'),
  process(400, 20, 'sleep 2', 1_500),
]

describe('workers are the largest group that is alike', () => {
  test('of a start script, two servers and a loop', () => {
    expect(found(PHP)).toEqual([10, 11, 12, 13, 14, 15, 16, 17])
    expect(findCrew(PHP, null).crew).toMatchObject({ primary: 9, kind: 'php-fpm: pool www' })
  })

  test('of a primary and its workers, an init before them or not', () => {
    const node = '/usr/local/bin/node server.js'
    expect(found([process(1, 0, node), process(7, 1, node), process(8, 1, node)])).toEqual([7, 8])
    expect(found([process(1, 0, 'tini'), process(6, 1, node), process(7, 6, node), process(8, 6, node)])).toEqual([
      7, 8,
    ])
  })

  test('numbers in their command lines apart, and without a helper beside them', () => {
    const python = [
      process(1, 0, 'python -m uvicorn app:app --workers 2'),
      process(6, 1, 'python -c from multiprocessing.resource_tracker import main;main(4)'),
      process(7, 1, 'python -c spawn_main(tracker_fd=5, pipe_handle=7) --multiprocessing-fork'),
      process(8, 1, 'python -c spawn_main(tracker_fd=5, pipe_handle=11) --multiprocessing-fork'),
    ]
    expect(found(python)).toEqual([7, 8])
  })

  test('of two as large the deeper, then the younger', () => {
    const old = [process(1, 0, 'init'), process(2, 1, 'a'), process(3, 1, 'a')]
    expect(found([...old, process(4, 3, 'b', 90_000), process(5, 3, 'b', 90_000)])).toEqual([4, 5])
    expect(found([...old, process(4, 1, 'b', 50_000), process(5, 1, 'b', 50_000)])).toEqual([4, 5])
    expect(found([...old, process(4, 1, 'b', 90_000), process(5, 1, 'b', 90_000)])).toEqual([2, 3])
  })

  test('and nobody where none is like another: one alone may be anything, the only server as well', () => {
    const alone = [process(1, 0, '/bin/sh start.sh'), process(7, 1, 'node server.js'), process(8, 1, 'sleep 600')]
    expect(findCrew(alone, null)).toEqual({ crew: undefined, isTooEarly: false })
    expect(findCrew([], null).crew).toBeUndefined()
  })
})

describe('whoever has not been there for a while', () => {
  const server = [process(1, 0, 'server'), process(2, 1, 'worker'), process(3, 1, 'worker')]
  const jobs = [process(50, 1, 'job', 400), process(51, 1, 'job', 300), process(52, 1, 'job', 200)]

  test('makes no crew, and one that is larger than the crew is looked at again', () => {
    expect(pids(findCrew([...server, ...jobs], null).crew?.workers)).toEqual([2, 3])
    expect(findCrew([...server, ...jobs], null).isTooEarly).toBe(true)
    expect(findCrew(server, null).isTooEarly).toBe(false)
    expect(findCrew([process(1, 0, 'server'), ...jobs], null)).toEqual({ crew: undefined, isTooEarly: true })
  })

  test('is counted in a crew, but is none of those to be killed', () => {
    const { crew } = findCrew([...server, process(9, 1, 'worker', 100)], null)
    expect(pids(crew?.workers)).toEqual([2, 3, 9])
    expect(pids(crew?.settled)).toEqual([2, 3])
  })

  test('may be anybody where nobody tells since when', () => {
    const untold = [process(1, 0, 'exam', null), process(2, 1, 'worker', null), process(3, 1, 'worker', null)]
    expect(findCrew(untold, null).crew).toBeUndefined()
  })
})

describe('what the command line of every worker contains', () => {
  test('says who they are, were others more', () => {
    const many = Array.from({ length: 9 }, (_, index) => process(30 + index, 7, 'nginx: worker process'))
    expect(found([...PHP, ...many])).toHaveLength(10)
    expect(found([...PHP, ...many], 'php-fpm: pool')).toEqual([10, 11, 12, 13, 14, 15, 16, 17])
  })

  test('holds together what tells its work in its title, and one is enough', () => {
    const busy = [process(1, 0, 'server'), process(2, 1, 'worker idle'), process(3, 1, 'worker POST /v1/answers')]
    expect(found(busy)).toBeUndefined()
    expect(found(busy, 'worker')).toEqual([2, 3])
    expect(found(busy, 'worker idle')).toEqual([2])
  })

  test('never names the first process, and nobody who is about to end', () => {
    expect(found([process(1, 0, 'gunicorn app'), process(2, 1, 'gunicorn app')], 'gunicorn')).toEqual([2])
    expect(found(PHP, 'sleep')).toBeUndefined()
    expect(found(PHP, 'puma')).toBeUndefined()
  })
})

describe('the crew later', () => {
  const { crew } = findCrew(PHP, null)
  if (crew === undefined) throw new Error('nobody was found')
  const fpm = (parent: number, count: number) =>
    Array.from({ length: count }, (_, index) => process(600 + index, parent, 'php-fpm: pool www'))

  test('is whoever is of its kind and has its parent', () => {
    expect(pids(crewNow(crew, PHP.slice(0, 10), null))).toEqual([10, 11, 12, 13, 14, 15])
    expect(crewNow(crew, [...PHP.slice(0, 4), ...fpm(1, 8)], null)).toEqual([])
  })

  test('has another parent where its own is gone', () => {
    const anew = [...PHP.slice(0, 3), process(599, 1, 'php-fpm: master process'), ...fpm(599, 8)]
    expect(crewNow(crew, anew, null)).toHaveLength(8)
    expect(crewNow(crew, PHP.slice(0, 3), null)).toEqual([])
  })
})

test('whoever only counts workers counts the young ones, and all but the first where none are found', () => {
  expect(largestCrew(PHP, null)).toBe(8)
  expect(largestCrew([process(1, 0, 'a'), process(2, 1, 'w', 5), process(3, 1, 'w', 5)], null)).toBe(2)
  expect(largestCrew([process(1, 0, 'a'), process(2, 1, 'b'), process(3, 1, 'c')], null)).toBe(2)
  expect(largestCrew(PHP, 'nginx: worker')).toBe(1)
  expect(largestCrew([], null)).toBe(0)
})
