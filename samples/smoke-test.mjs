// Does a deployment work? A tenant of its own, two users on two replicas, messages both ways, their order, and what one of them missed. It leaves nothing behind.
//
//   CAAS_ADMIN_KEY=… node smoke-test.mjs
//
// CAAS            the gateway. Default http://localhost:3000
// REPLICAS        the realtime replicas, two at least, separated by a comma. Default http://localhost:3002,http://localhost:3003
// CAAS_ADMIN_KEY  the platform admin's key
// SMOKE_TIMEOUT   seconds that all of it may take, waiting for health included. Default 60
//
// A line for each check; exit code 0 when all are done, otherwise 1 with one sentence on standard error.
import { join, tokenFor } from './client.mjs';

const gateway = process.env.CAAS || 'http://localhost:3000';
const replicas = (process.env.REPLICAS || 'http://localhost:3002,http://localhost:3003').split(',').map((url) => url.trim());
const adminKey = process.env.CAAS_ADMIN_KEY;
const seconds = Number(process.env.SMOKE_TIMEOUT || 60);
const tenant = `smoke-${crypto.randomUUID().slice(0, 13)}`;
const room = 'smoke';

let doing = 'start';
let why = ''; // what the last try ran into
let made = false; // whether there is a tenant to delete

function end(sentence) {
  if (sentence) console.error(`Smoke test failed: ${sentence.replace(/\s+/g, ' ')}`);
  process.exit(sentence ? 1 : 0);
}

if (!adminKey) end('CAAS_ADMIN_KEY is not set: it is CAAS_ADMIN_KEY in .env where start.sh made one; a standalone host keeps it in data/admin-key (with --data DIR in DIR/admin-key).');
if (replicas.length < 2) end('REPLICAS names fewer than two replicas: separate their addresses by a comma.');
if (!(seconds > 0)) end('SMOKE_TIMEOUT is not a number of seconds.');

async function check(what, work) {
  doing = what;
  const since = performance.now();
  const result = await work();
  console.log(`ok  ${what} (${Math.round(performance.now() - since)} ms)`);
  return result;
}

async function call(method, path, headers, body) {
  const response = await fetch(`${gateway}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} is answered with ${response.status}: ${text.slice(0, 300)}`);
  return text ? JSON.parse(text) : null;
}

const asAdmin = (method, path, body) => call(method, path, { Authorization: `Bearer ${adminKey}` }, body);
const asBackend = (apiKey, method, path, body) => call(method, path, { 'X-Api-Key': apiKey }, body);

/** Asks until it is well; the time of the whole bounds it. */
async function healthy(url) {
  for (;;) {
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
      if (response.ok) return;
      why = `${url}/health is answered with ${response.status}`;
    } catch (error) {
      why = `${url} does not answer (${error.cause?.code ?? error.name})`;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** A user on a replica; what it has seen before, it has still seen. */
async function enter(userId, apiKey, replica, { seen = [], after } = {}) {
  const onEntry = (entry) => void (entry.type === 'message.created' && seen.push(entry));
  const onState = ({ error }) => (why = error?.message ?? '');
  const joined = await join({ replica, room, after, getToken: () => tokenFor(gateway, apiKey, userId), onEntry, onState });
  return { ...joined, seen, has: (seq) => joined.chat.reached(seq, { signal: AbortSignal.timeout(10_000) }) };
}

function expectEqual(actual, expected, what) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
}

async function run() {
  await check(`gateway ${gateway} is healthy`, () => healthy(gateway));
  for (const replica of replicas) await check(`replica ${replica} is healthy`, () => healthy(replica));
  why = '';

  const apiKey = await check(`a tenant (${tenant}), its key, two users and a conversation are made`, async () => {
    await asAdmin('POST', '/v1/tenants', { id: tenant, name: 'Smoke test' });
    made = true;
    const { key } = await asAdmin('POST', `/v1/tenants/${tenant}/api-keys`, { name: 'smoke test' });
    await asBackend(key, 'POST', '/v1/users/batch', { users: [{ id: 'alice', name: 'Alice' }, { id: 'bob', name: 'Bob' }] });
    await asBackend(key, 'POST', '/v1/conversations', { type: 'group', id: room, name: 'Smoke test', memberIds: ['alice', 'bob'] });
    return key;
  });

  const [alice, bob] = await check('both users connect, each to a replica of its own', () => Promise.all([enter('alice', apiKey, replicas[0]), enter('bob', apiKey, replicas[1])]));
  await check('a message from the first replica arrives on the second', async () => bob.has((await alice.chat.send('there')).seq));
  await check('a message from the second replica arrives on the first', async () => alice.has((await bob.chat.send('and back')).seq));

  await check('twenty messages arrive in order, none missing and none twice', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `number ${index + 1}`);
    const from = bob.seen.length;
    const sent = await Promise.all(texts.map((text) => alice.chat.send(text)));
    await bob.has(sent.at(-1).seq);
    expectEqual(bob.seen.slice(from).map((entry) => entry.message.text), texts, 'what arrived');
    expectEqual(bob.seen.slice(from).map((entry) => entry.seq - bob.seen[from].seq), texts.map((_, index) => index), 'their places');
  });

  await check('what a user missed is there when it comes back on the other replica', async () => {
    await bob.caas.close();
    const from = bob.seen.length;
    const texts = ['missed one', 'missed two', 'missed three'];
    let last;
    for (const text of texts) last = await alice.chat.send(text);
    const again = await enter('bob', apiKey, replicas[0], { seen: bob.seen, after: bob.chat.lastSeq });
    await again.has(last.seq);
    expectEqual(bob.seen.slice(from).map((entry) => entry.message.text), texts, 'what was resumed');
    await again.caas.close();
  });

  await alice.caas.close();
  await check('the tenant is deleted', remove);
}

async function remove() {
  if (!made) return;
  await asAdmin('DELETE', `/v1/tenants/${tenant}`);
  made = false;
}

/** Ends with one sentence, after a try to leave nothing behind. */
async function giveUp(sentence) {
  clearTimeout(timer);
  await Promise.race([remove().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 5_000))]);
  end(`${sentence.replace(/\.+$/, '')}${made ? `; the tenant ${tenant} could not be deleted` : ''}.`);
}

const timer = setTimeout(() => giveUp(`it was not done within ${seconds} s; it was at "${doing}"${why && `: ${why}`}`), seconds * 1000);
try {
  await run();
  console.log('The deployment works.');
  end();
} catch (error) {
  await giveUp(`"${doing}": ${error.cause?.code ? `${error.message} (${error.cause.code})` : error.message}`);
}
