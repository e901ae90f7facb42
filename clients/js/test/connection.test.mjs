import assert from 'node:assert/strict';
import test from 'node:test';
import { CaasConnection, CaasError } from '../dist/index.js';
import { fullJitter, refreshAfter } from '../dist/time.js';
import { FakeHub } from './fake/hub.mjs';
import { assertDense, becomes, collect, until, within, world } from './fake/world.mjs';

const jwt = (times) => `e30.${Buffer.from(JSON.stringify(times)).toString('base64url')}.x`;

test('A gateway sends the client to a replica, with its token', async (t) => {
  const { hub, connected } = await world(t);
  const replica = await FakeHub.start();
  t.after(() => replica.stop());
  hub.redirect = replica.url;
  const client = await connected();
  assert.equal(replica.everyone[0].token, 'token');
  assert.equal(hub.everyone.length, 0);
  await within(client.conversation('room').send('hello'), 'send');

  const fixed = new CaasConnection({ replica: hub.url, getToken: async () => 'token' });
  await assert.rejects(within(fixed.connect(), 'refuse'), { code: 'not_a_replica' });
});

test('Options that cannot be are refused by name', () => {
  const getToken = async () => '';
  for (const [options, part] of [[{ getToken }, /either/], [{ getToken, gateway: 'http://a', replica: 'http://b' }, /either/], [{ getToken, gateway: 'chat.example.com' }, /absolute/], [{ gateway: 'http://a' }, /getToken/], [{ getToken, gateway: 'http://a', bufferedEntries: 0 }, /bufferedEntries/]]) {
    assert.throws(() => new CaasConnection(options), (error) => error.code === 'validation_failed' && part.test(error.detail));
  }
});

test('It says what state it is in, and comes back as often as it takes', async (t) => {
  const { hub, connection } = await world(t);
  let down = 3;
  hub.refuse = () => (down-- > 0 ? [503, 'unavailable'] : undefined);
  const client = connection();
  const states = [];
  client.on('state', ({ state, previous, error }) => states.push([previous, state, error?.code]));
  assert.equal(client.state, 'idle');
  await within(client.connect(), 'connect');
  assert.deepEqual(states, [['idle', 'connecting', undefined], ...Array(3).fill(['connecting', 'connecting', 'unavailable']), ['connecting', 'connected', undefined]]);
  for (let i = 0; i < 3; i++) {
    const back = becomes(client, 'connected');
    hub.dropAll();
    await back;
  }
  const ended = becomes(client, 'ended');
  await client.close();
  assert.equal((await ended).error.code, 'closed');
  await assert.rejects(client.connect(), { code: 'closed' });
});

test('What another try may heal, and what the client does not know, is tried again', async (t) => {
  for (const [status, code] of [[403, 'quota_exceeded'], [404, 'route_not_found'], [451, 'said_by_a_newer_service']]) {
    const { hub, connection } = await world(t);
    let times = 2;
    hub.refuse = () => (times-- > 0 ? [status, code] : undefined);
    const client = connection();
    await within(client.connect(), 'connect');
    assert.equal(hub.count('negotiate'), 3);
    const back = becomes(client, 'connected');
    [...hub.connections][0].event('Evicted', { conversationId: null, reason: code });
    await back;
    assert.equal(hub.everyone.length, 2);
  }
});

test('What no reconnect can heal ends it for good', async (t) => {
  for (const [status, code] of [[401, 'token_revoked'], [403, 'banned'], [403, 'not_allowed'], [404, 'user_not_found'], [404, 'tenant_not_found']]) {
    const { hub, connection } = await world(t);
    hub.refuse = () => [status, code];
    await assert.rejects(within(connection().connect(), 'end'), { name: 'CaasError', code, status });
    assert.equal(hub.count('negotiate'), 1);
  }
  for (const reason of ['token_revoked', 'user_deactivated', 'banned', 'tenant_deleted']) {
    const { hub, connected } = await world(t);
    const client = await connected();
    const waiting = client.conversation('room').entries().next();
    const ended = becomes(client, 'ended');
    [...hub.connections][0].event('Evicted', { conversationId: null, reason });
    assert.equal((await ended).error.code, reason);
    await assert.rejects(within(waiting, 'end'), { code: reason });
    await assert.rejects(client.conversation('room').send('late'), { code: reason, mayBeDone: false });
    await assert.rejects(client.conversation('room').entries().next(), { code: reason });
    assert.equal(hub.everyone.length, 1);
  }
});

test('A token that cannot be fetched is asked for again; an application that gives up ends it', async (t) => {
  const { connection } = await world(t);
  let asked = 0;
  const client = connection({ getToken: async () => { if (++asked < 4) throw new TypeError('fetch failed'); return 'token'; } });
  await within(client.connect(), 'connect');
  assert.equal(asked, 4);
  let more = 0;
  const out = connection({ getToken: async () => { more++; throw new CaasError('unauthenticated', 'Signed out.'); } });
  await assert.rejects(within(out.connect(), 'end'), { code: 'unauthenticated', detail: 'Signed out.' });
  assert.equal(more, 1);
});

test('What keeps it from connecting is told with its cause, and apart whether it is the token or the service', async (t) => {
  const { connection } = await world(t);
  const told = async (options) => (await within(new Promise((resolve) => {
    const client = connection(options);
    client.on('state', ({ error }) => error && resolve(error));
    client.connect().catch(() => {});
  }), 'error')).message;
  assert.match(await told({ gateway: 'http://127.0.0.1:2' }), /^http:\/\/127\.0\.0\.1:2 cannot be reached: .*ECONNREFUSED.* 127\.0\.0\.1:2/);
  assert.match(await told({ getToken: () => fetch('http://127.0.0.1:10') }), /^getToken failed: .*ECONNREFUSED.* 127\.0\.0\.1:10/);
  assert.equal(await told({ getToken: async () => { throw new Error('nobody is signed in'); } }), 'getToken failed: nobody is signed in');
});

test('An application that never answers for a token is asked again', async (t) => {
  const { connection } = await world(t);
  let asked = 0;
  const client = connection({ connectTimeoutMs: 100, getToken: () => (++asked === 1 ? new Promise(() => {}) : Promise.resolve('token')) });
  await within(client.connect(), 'connect');
  assert.equal(asked, 2);
});

test('A fresh token is handed over before the last one ends, without a reconnect', async (t) => {
  const { hub, connected } = await world(t);
  let n = 0;
  await connected({ getToken: async () => `${jwt({ iat: Date.now() / 1000, exp: Date.now() / 1000 + 1.2 })}${++n}` });
  await until(() => hub.count('Authenticate') >= 2, 'refresh');
  assert.equal(hub.everyone.length, 1);
  assert.ok(hub.everyone[0].token.endsWith(String(n)));
});

test('An expired token leads to a reconnect with another one; always expired ends it', async (t) => {
  const { hub, connected, connection } = await world(t);
  let n = 0;
  const client = await connected({ getToken: async () => `token-${++n}` });
  hub.refuse = (token) => (token === 'token-2' ? [401, 'token_expired'] : undefined);
  const back = becomes(client, 'connected');
  [...hub.connections][0].event('Evicted', { conversationId: null, reason: 'token_expired' });
  [...hub.connections][0].close();
  await back;
  assert.equal(hub.everyone.at(-1).token, 'token-3');
  for (const code of ['token_expired', 'unauthenticated']) {
    hub.refuse = () => [401, code];
    const before = hub.count('negotiate');
    await assert.rejects(within(connection().connect(), 'end'), { code });
    assert.equal(hub.count('negotiate'), before + 3);
  }
});

test('A replica that goes is left within the time it gave, with all calls answered and nothing missed', async (t) => {
  const { hub, connected } = await world(t);
  const [first, second] = [await FakeHub.start(), await FakeHub.start()];
  t.after(() => Promise.all([first.stop(), second.stop()]));
  second.logs = first.logs;
  hub.redirect = first.url;
  const client = await connected({ backoff: () => 60_000 }); // it does not back off
  const room = client.conversation('room', { after: 0 });
  const got = collect(room);
  await until(() => room.live, 'join');
  hub.redirect = second.url;
  let answer;
  first.before.SendMessage = (_, __, goOn) => new Promise((resolve) => (answer = () => resolve(goOn())));
  const sent = room.send('on its way');
  await until(() => answer, 'be sent');
  const back = becomes(client, 'connected');
  first.connections.forEach((connection) => connection.event('Draining', { reconnectWithinMs: 50 }));
  const next = room.send('after it');
  await becomes(client, 'reconnecting');
  answer();
  await back;
  await within(Promise.all([sent, next]), 'send');
  await within(room.reached(2), 'reach 2');
  assertDense(got, 1, 2);
  assert.deepEqual([first, second].map((replica) => replica.count('SendMessage')), [1, 1]);
});

test('Closing while it connects ends at once', async (t) => {
  const { connection } = await world(t);
  const client = connection({ getToken: () => new Promise(() => {}) });
  const connecting = client.connect();
  await within(client.close(), 'close');
  await assert.rejects(connecting, { code: 'closed' });
});

test('What happens in conversations that are not joined is told', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const told = new Promise((resolve) => client.on('conversationUpdated', resolve));
  [...hub.connections][0].event('ConversationUpdated', { conversationId: 'room', lastSeq: 3, unread: 2, lastMessage: null });
  assert.equal((await within(told, 'tell')).unread, 2);
});

test('Reconnects are spread by full jitter between 0 and at most 30 s', () => {
  for (let attempt = 0; attempt < 50; attempt++) {
    const bound = Math.min(30_000, 1000 * 2 ** attempt);
    for (let i = 0; i < 50; i++) {
      const delay = fullJitter(attempt);
      assert.ok(delay >= 0 && delay < bound);
    }
  }
});

test('The time to refresh a token comes from the token', () => {
  const now = 1_700_000_000_000;
  const at = (iat, exp) => refreshAfter(jwt({ iat: now / 1000 + iat, exp: now / 1000 + exp }), now);
  assert.equal(at(0, 3600), 3_540_000); // all but a minute
  assert.equal(at(0, 100), 75_000); // three quarters
  assert.equal(at(-3000, 600), 540_000); // used before
  assert.equal(at(-7200, -3600), 3_540_000); // the clock here is wrong
  assert.equal(at(0, 0.5), 1000);
  assert.equal(at(0, 1e9), 2 ** 31 - 1); // the longest that a timer takes
  assert.equal(refreshAfter('opaque', now), undefined);
});
