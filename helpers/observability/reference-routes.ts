import type { OperationName } from '../history/operation.ts'

/** Under which route a backend counts and logs an operation. */
export interface Route {
  readonly method: string
  /** Template, as in the labels of its metrics: `/v1/sessions/:id`. */
  readonly route: string
  /** The backend knows who asked, and must say so in its log. */
  readonly authenticated: boolean
}

/** A log-in that is opened first is not for every platform, and has a route exactly where it is. */
export type RouteTable = Readonly<Record<Exclude<OperationName, 'open-login'>, Route>> & {
  readonly 'open-login'?: Route
}

/** @throws TypeError for an operation without a route, which a platform that was checked does not have */
export function routeOf(routes: RouteTable, f: OperationName): Route {
  const route = routes[f]
  if (route === undefined) throw new TypeError(`the platform has no route for ${f}`)
  return route
}

/** The routes of the reference backend, and of every backend with the same API. */
export const REFERENCE_ROUTES: RouteTable = {
  login: { method: 'POST', route: '/v1/auth/login', authenticated: false },
  'refresh-token': { method: 'POST', route: '/v1/auth/refresh', authenticated: false },
  // Whoever holds the refresh token may log out, also with an access token that has run out.
  logout: { method: 'POST', route: '/v1/auth/logout', authenticated: false },
  'create-session': { method: 'POST', route: '/v1/sessions', authenticated: true },
  'current-session': { method: 'GET', route: '/v1/sessions/current', authenticated: true },
  'read-session': { method: 'GET', route: '/v1/sessions/:id', authenticated: true },
  'read-questions': { method: 'GET', route: '/v1/sessions/:id/questions', authenticated: true },
  'save-answer': { method: 'POST', route: '/v1/sessions/:id/answer', authenticated: true },
  submit: { method: 'POST', route: '/v1/sessions/:id/submit', authenticated: true },
  review: { method: 'GET', route: '/v1/sessions/:id/review', authenticated: true },
}
