import type { Connection } from './connection.ts'

/** What many clients send along; a backend that believes it lets candidates set their own time. */
export const CLIENT_TIME_HEADER = 'x-client-time'

/**
 * A connection of a client that says in each request what time it believes it is.
 *
 * @param offMs by how much its clock is ahead; negative: behind
 */
export function withWrongClock(connection: Connection, offMs: number): Connection {
  return {
    open: () => connection.open(),
    send: (call, sending) =>
      connection.send(
        {
          ...call,
          headers: { ...call.headers, [CLIENT_TIME_HEADER]: new Date(Date.now() + offMs).toISOString() },
        },
        sending,
      ),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
