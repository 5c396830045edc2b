/** `file:///x/own.ts:12:7`, as a stack names it: the file and its line. `node:internal/…` is none. */
const PLACE = /(?<=^|[\s(])(?:file:\/\/)?(\/[^\s()'"`]+?:\d+)(?::\d+)?(?=[\s)]|$)/

/**
 * Why a module of somebody else's could not be loaded, with file and line where the error tells them: a module is loaded
 * with all that it imports, and the mistake may be in any of it.
 */
export function describeLoadError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = placeIn(error)
  return place === undefined ? error.message : `${error.message} (${place})`
}

function placeIn({ stack = '', message }: Error): string | undefined {
  // A mistake in the language stands before the message, whatever else was thrown in the frames behind it.
  const at = stack.indexOf(message)
  const [before, behind] = at < 0 ? ['', stack] : [stack.slice(0, at), stack.slice(at + message.length)]
  const frames = behind.split('\n').filter((line) => !/^\s*at async /.test(line) && !line.includes('/node_modules/'))
  return PLACE.exec(before)?.[1] ?? PLACE.exec(frames.join('\n'))?.[1]
}
