import { isDeepStrictEqual } from 'node:util'
import type { Proxy as ToxiproxyProxy } from 'toxiproxy-node-client'
import { RehearsalError } from '../errors.ts'

/** A toxic in Toxiproxy's own terms; times in milliseconds. Give every attribute, also those that are zero. */
export interface ToxicSpec {
  readonly name: string
  readonly type: 'latency' | 'bandwidth' | 'timeout' | 'slicer' | 'limit_data'
  /** `upstream`: on the way to the part. `downstream`: on the way back. */
  readonly stream: 'upstream' | 'downstream'
  readonly attributes: Readonly<Record<string, number>>
}

/** Of all connections; drawn once for each, so that less would leave a lucky connection lucky for ever. */
const TOXICITY = 1

/**
 * Put a toxic on a proxy and read it back: Toxiproxy ignores attributes that it does not know, so that a misspelt one
 * is a fault that does nothing.
 *
 * @throws FAULT_NOT_SET when what Toxiproxy holds is not what was asked for
 */
export async function addToxic(proxy: ToxiproxyProxy, toxic: ToxicSpec): Promise<void> {
  await proxy.addToxic({ ...toxic, toxicity: TOXICITY })
  const held = (await toxicsOf(proxy)).find(({ name }) => name === toxic.name)
  const asked = { ...toxic, toxicity: TOXICITY }
  if (!isDeepStrictEqual(held, asked)) throw notSet(proxy, JSON.stringify(asked), JSON.stringify(held) ?? 'no toxic')
}

/** Take a toxic away, if it is there. */
export async function removeToxic(proxy: ToxiproxyProxy, name: string): Promise<void> {
  const held = await toxicsOf(proxy)
  if (held.some((toxic) => toxic.name === name)) await proxy.api.delete(`${proxy.getPath()}/toxics/${name}`)
}

/** Whether a toxic of this name stands on this direction of the proxy. */
export async function hasToxic(proxy: ToxiproxyProxy, toxic: Pick<ToxicSpec, 'name' | 'stream'>): Promise<boolean> {
  return (await toxicsOf(proxy)).some(({ name, stream }) => name === toxic.name && stream === toxic.stream)
}

/** Disable: the proxy stops listening and every connection is cut. Enable: it listens again. Read back. */
export async function switchProxy(proxy: ToxiproxyProxy, enabled: boolean): Promise<void> {
  const { listen, upstream } = proxy
  await proxy.update({ enabled, listen, upstream })
  const held = await proxy.toxiproxy.get(proxy.name)
  if (held.enabled !== enabled) throw notSet(proxy, `enabled: ${enabled}`, `enabled: ${held.enabled}`)
}

async function toxicsOf(proxy: ToxiproxyProxy): Promise<readonly ToxicSpec[]> {
  const { data } = await proxy.api.get<readonly ToxicSpec[]>(`${proxy.getPath()}/toxics`)
  return data
}

function notSet(proxy: ToxiproxyProxy, expected: string, seen: string): RehearsalError {
  return new RehearsalError('FAULT_NOT_SET', {
    expected: `proxy ${proxy.name} holds ${expected}`,
    seen,
    next: 'Compare the names of the attributes with those of this version of Toxiproxy.',
    service: 'Toxiproxy',
  })
}
