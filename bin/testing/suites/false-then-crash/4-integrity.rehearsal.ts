import { test } from 'vitest'

test('the worker dies in the middle', async () => {
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => undefined)
})
