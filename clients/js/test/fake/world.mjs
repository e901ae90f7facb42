// What the tests share: a hub, clients that are closed at the end, bounded waits.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { CaasConnection } from '../../dist/index.js';
import { FakeHub } from './hub.mjs';

/** A fake hub and clients on it; all of it is gone when the test is. */
export async function world(t) {
  const hub = await FakeHub.start();
  const clients = [];
  t.after(async () => {
    for (const client of clients) await client.close();
    await hub.stop();
  });
  const connection = (options = {}) => {
    const client = new CaasConnection({ gateway: hub.url, getToken: async () => 'token', backoff: () => 5, holdMs: 20, ...options });
    clients.push(client);
    return client;
  };
  const connected = async (options) => {
    const client = connection(options);
    await within(client.connect(), 'connect');
    return client;
  };
  return { hub, connection, connected };
}

/** Waits no longer than this. */
export function within(promise, what, seconds = 20) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what}: not within ${seconds} s`)), seconds * 1000)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Waits until something holds, by looking. The only place of the tests that does. */
export async function until(holds, what, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Collects what a conversation delivers. */
export function collect(conversation) {
  const got = [];
  conversation.listen((entry, origin) => void got.push({ seq: entry.seq, text: entry.message?.text, origin }));
  return got;
}

/** Everything from the given seq on, in order, each once, without holes. */
export function assertDense(got, from, to) {
  assert.deepEqual(got.map(({ seq }) => seq), Array.from({ length: to - from + 1 }, (_, i) => from + i));
}

/** The next change to a state. */
export function becomes(client, state) {
  const done = new EventTarget();
  const stop = client.on('state', (change) => change.state === state && (stop(), done.dispatchEvent(Object.assign(new Event('is'), { change }))));
  return within(once(done, 'is').then(([event]) => event.change), `become ${state}`);
}
