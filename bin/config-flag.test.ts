import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { takeConfigFlag } from './config-flag.ts'

test('the flag wins over the variable, the last flag over the first, and the rest stays as it was', () => {
  const env = { REHEARSAL_CONFIG: 'c.ts' }
  expect(takeConfigFlag(['run', '--seed', '1'], {})).toEqual({ rest: ['run', '--seed', '1'], problems: [] })
  expect(takeConfigFlag(['run'], env)).toMatchObject({ file: resolve('c.ts'), rest: ['run'] })
  expect(takeConfigFlag(['run', '--config', 'a.ts', '--keep', '--config=/b.ts'], env)).toEqual({
    file: '/b.ts',
    rest: ['run', '--keep'],
    problems: [],
  })
})

test.each([[['run', '--config']], [['run', '--config=']], [['run', '--config', '--keep']]])(
  'a flag without a file is a problem: %j',
  (argv) => {
    expect(takeConfigFlag(argv, {}).problems.map(({ code, expected }) => `${code} ${expected}`)).toEqual([
      'CONFIG_INVALID a file after --config',
    ])
  },
)
