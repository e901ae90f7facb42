import assert from 'node:assert/strict';
import test from 'node:test';
import { Refused } from './fake/hub.mjs';
import { assertDense, becomes, collect, until, within, world } from './fake/world.mjs';

test('What the wire repeats, turns around or leaves out is delivered in order, once, complete, and counted', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const room = client.conversation('room', { after: 0 });
  const got = collect(room);
  await until(() => room.live, 'join');

  for (let i = 1; i <= 10; i++) hub.append('room', `message ${i}`, { push: false });
  const log = hub.log('room');
  for (const seq of [1, 2, 2, 4, 3, 5, 7, 1, 10]) hub.push(log[seq - 1]); // 6, 8 and 9 never come
  await within(room.reached(10), 'reach 10');
  assertDense(got, 1, 10);
  assert.deepEqual(got.map(({ text }) => text), log.map((entry) => entry.message.text));
  const { inversions, repeats, gaps, reads } = room.counters;
  assert.deepEqual({ inversions, repeats, gaps }, { inversions: 1, repeats: 2, gaps: 3 });
  assert.equal(reads, 1);
});

test('Entries that are only late are waited for: the log is not read', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected({ holdMs: 5000 });
  const room = client.conversation('room', { after: 0 });
  const got = collect(room);
  await until(() => room.live, 'join');
  for (let i = 1; i <= 5; i++) hub.append('room', `message ${i}`, { push: false });
  for (const seq of [5, 4, 3, 2, 1]) hub.push(hub.log('room')[seq - 1]);
  await within(room.reached(5), 'reach 5');
  assertDense(got, 1, 5);
  assert.equal(hub.count('ReadEntries'), 0);
  assert.ok(got.every(({ origin }) => origin === 'live'));
});

test('Live entries that come before the answer of the join are held back', async (t) => {
  const { hub, connected } = await world(t);
  for (let i = 1; i <= 3; i++) hub.append('room', `before ${i}`);
  hub.before.JoinConversations = (connection, _, goOn) => {
    const answer = goOn();
    for (let i = 4; i <= 6; i++) hub.append('room', `early ${i}`);
    return answer;
  };
  const room = (await connected()).conversation('room', { after: 0 });
  const got = collect(room);
  await within(room.reached(6), 'reach 6');
  assertDense(got, 1, 6);
  assert.deepEqual(got.map(({ origin }) => origin), ['missed', 'missed', 'missed', 'live', 'live', 'live']);
});

test('Without a place to start from the newest page comes first', async (t) => {
  const { hub, connected } = await world(t);
  for (let i = 1; i <= 80; i++) hub.append('room', `message ${i}`);
  const room = (await connected()).conversation('room');
  const got = collect(room);
  await within(room.reached(80), 'reach 80');
  await within(room.ready(), 'be ready');
  hub.append('room', 'now');
  await within(room.reached(81), 'reach 81');
  assertDense(got, 31, 81);
  assert.equal(got[0].origin, 'recent');
  assert.equal(got.at(-1).origin, 'live');
});

test('An empty conversation starts with its first entry', async (t) => {
  const { hub, connected } = await world(t);
  const room = (await connected()).conversation('room');
  const got = collect(room);
  await until(() => room.live, 'join');
  assert.equal(room.lastSeq, null);
  hub.append('room', 'first');
  await within(room.reached(1), 'reach 1');
  assertDense(got, 1, 1);
});

test('After a long absence everything is there, page by page, from the place that was stored', async (t) => {
  const { hub, connected } = await world(t);
  hub.page = 100;
  for (let i = 1; i <= 950; i++) hub.append('room', `message ${i}`);
  const room = (await connected()).conversation('room', { after: 200 });
  assert.equal(room.lastSeq, 200);
  const got = collect(room);
  await within(room.reached(950), 'reach 950');
  assertDense(got, 201, 950);
  assert.equal(hub.count('ReadEntries'), 7);
});

test('A reconnect joins many conversations with one call, each from its own last seq', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const rooms = Array.from({ length: 150 }, (_, i) => client.conversation(`room-${i}`, { after: 0 }));
  const got = rooms.map(collect);
  await until(() => rooms.every((room) => room.live), 'join');
  rooms.forEach((room, i) => hub.append(room.id, `seen ${i}`));
  await within(Promise.all(rooms.map((room) => room.reached(1))), 'reach 1');
  const joins = hub.count('JoinConversations');
  assert.equal(joins, 2);

  hub.dropAll();
  rooms.forEach((room, i) => hub.append(room.id, `missed ${i}`));
  await within(Promise.all(rooms.map((room) => room.reached(2))), 'reach 2');
  assert.equal(hub.count('JoinConversations'), joins + 2);
  assert.ok(hub.calls.at(-1)[1].every(({ afterSeq }) => afterSeq === 1));
  got.forEach((entries, i) => assert.deepEqual(entries.map(({ text }) => text), [`seen ${i}`, `missed ${i}`]));
});

test('A last entry that was lost on the wire is noticed by the answer to one\'s own send, and by Resync', async (t) => {
  const { hub, connected } = await world(t);
  const room = (await connected()).conversation('room', { after: 0 });
  const got = collect(room);
  await until(() => room.live, 'join');
  hub.before.SendMessage = (_, [{ conversationId, clientMessageId, text }]) => {
    const entry = hub.append(conversationId, text, { clientMessageId, push: false });
    return { messageId: entry.message.id, seq: entry.seq, createdAt: entry.at, duplicate: false };
  };
  const { seq } = await within(room.send('never pushed'), 'send');
  await within(room.reached(seq), 'reach it');
  hub.append('room', 'lost', { push: false });
  for (const connection of hub.connections) connection.event('Resync', { reason: 'test' });
  await within(room.reached(2), 'reach 2');
  assertDense(got, 1, 2);
});

test('A page of the log with a hole in it is read again, never delivered', async (t) => {
  const { hub, connected } = await world(t);
  for (let i = 1; i <= 5; i++) hub.append('room', `message ${i}`);
  let wrong = 3;
  hub.before.ReadEntries = hub.before.JoinConversations = (_, __, goOn) => {
    const answer = goOn();
    const page = Array.isArray(answer) ? answer[0] : answer;
    if (wrong-- > 0) page.items = page.items.filter((entry) => entry.seq !== 3);
    return answer;
  };
  const room = (await connected()).conversation('room', { after: 0 });
  const got = collect(room);
  await within(room.reached(5), 'reach 5');
  assertDense(got, 1, 5);
});

test('Resync asks for many conversations with one call', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const rooms = Array.from({ length: 120 }, (_, i) => client.conversation(`room-${i}`, { after: 0 }));
  const got = rooms.map(collect);
  await within(Promise.all(rooms.map((room) => room.ready())), 'join');
  for (const room of rooms) hub.append(room.id, 'lost', { push: false });
  for (const connection of hub.connections) connection.event('Resync', { reason: 'test' });
  await within(Promise.all(rooms.map((room) => room.reached(1))), 'reach 1');
  assert.equal(hub.count('JoinConversations'), 4);
  assert.equal(hub.count('ReadEntries'), 0);
  got.forEach((entries) => assertDense(entries, 1, 1));
});

test('Hundreds of conversations that missed much are read one after another, within the limits', async (t) => {
  const { hub, connected } = await world(t);
  hub.page = 2;
  const ids = Array.from({ length: 200 }, (_, i) => `room-${i}`);
  for (const id of ids) for (let i = 1; i <= 4; i++) hub.append(id, `message ${i}`);
  let reads = 0;
  hub.before.ReadEntries = (_, __, goOn) => {
    if (++reads % 10 === 5) throw new Refused('rate_limited: Too many calls; try again in 5 ms.');
    return goOn();
  };
  const client = await connected();
  const rooms = ids.map((id) => client.conversation(id, { after: 0 }));
  const got = rooms.map(collect);
  await within(Promise.all(rooms.map((room) => room.reached(4))), 'reach 4');
  got.forEach((entries) => assertDense(entries, 1, 4));
  assert.ok(reads < 230, `${reads} reads`);
});

test('A conversation that is refused or taken away ends with the reason, the others go on', async (t) => {
  const { hub, connected } = await world(t);
  hub.append('kept', 'hello');
  hub.before.JoinConversations = (_, __, goOn) => goOn().map((result) => (result.conversationId === 'secret' ? { ...result, items: [], error: 'not_a_member: You are not a member.' } : result));
  const client = await connected();
  const [secret, kept, left] = ['secret', 'kept', 'left'].map((id) => client.conversation(id, { after: 0 }));
  const got = collect(kept);
  await assert.rejects(within(secret.entries().next(), 'end'), { code: 'not_a_member', status: 403 });
  await assert.rejects(within(secret.ready(), 'end'), { code: 'not_a_member' });
  collect(left);
  await within(kept.reached(1), 'reach 1');
  await until(() => left.live, 'join');
  const rest = left.entries();
  hub.append('left', 'the last one');
  for (const connection of hub.connections) connection.event('Evicted', { conversationId: 'left', reason: 'removed' });
  const texts = [];
  await assert.rejects(within((async () => { for await (const entry of rest) texts.push(entry.message.text); })(), 'end'), { code: 'removed' });
  assert.deepEqual(texts, ['the last one']);
  hub.append('kept', 'still here');
  await within(kept.reached(2), 'reach 2');
  assertDense(got, 1, 2);
  assert.equal(client.state, 'connected');
  assert.notEqual(client.conversation('left'), left);
});

test('A consumer that is slow is not buffered for: it gets the rest from the log', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected({ bufferedEntries: 20 });
  const room = client.conversation('room', { after: 0 });
  const got = [];
  let go;
  const gate = new Promise((resolve) => (go = resolve));
  const consuming = (async () => {
    for await (const entry of room.entries()) {
      got.push(entry);
      if (entry.seq === 1) await gate;
      if (entry.seq === 2000) return;
    }
  })();
  await until(() => room.live, 'join');
  for (let i = 1; i <= 2000; i++) hub.append('room', `message ${i}`);
  await until(() => got.length === 1, 'take the first');
  await within(room.send('the stalled consumer holds up no send'), 'send');
  assert.equal(room.lastSeq, 1);
  go();
  await within(consuming, 'consume all');
  assertDense(got, 1, 2000);
  assert.ok(room.counters.reads >= 3);
});

test('A listener that fails is told of and misses nothing', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const faults = [];
  client.on('fault', (fault) => faults.push(fault.message));
  const room = client.conversation('room', { after: 0 });
  room.listen(({ seq }) => { throw new Error(`sync ${seq}`); });
  room.listen(async ({ seq }) => { throw new Error(`async ${seq}`); });
  const got = collect(room);
  await until(() => room.live, 'join');
  hub.append('room', 'one');
  hub.append('room', 'two');
  await within(room.reached(2), 'reach 2');
  await until(() => faults.length === 4, 'tell');
  assertDense(got, 1, 2);
  assert.deepEqual(faults, ['sync 1', 'async 1', 'sync 2', 'async 2']);
});

test('Leaving ends the loop and tells the hub; coming back goes on from the stored seq', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const room = client.conversation('room', { after: 0 });
  const seen = [];
  const loop = (async () => { for await (const entry of room.entries()) seen.push(entry.seq); })();
  await until(() => room.live, 'join');
  hub.append('room', 'one');
  await within(room.reached(1), 'reach 1');
  await within(room.leave(), 'leave');
  await within(loop, 'end the loop');
  await assert.rejects(room.reached(2), { code: 'closed' });
  assert.equal([...hub.connections][0].watches.size, 0);
  hub.append('room', 'two');
  const again = client.conversation('room', { after: room.lastSeq });
  const got = collect(again);
  await within(again.reached(2), 'reach 2');
  assertDense(got, 2, 2);
  assert.deepEqual(seen, [1]);
});

test('What is left before its join is answered is not watched', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  let answer;
  hub.before.JoinConversations = (_, __, goOn) => new Promise((resolve) => (answer = () => resolve(goOn())));
  const room = client.conversation('room', { after: 0 });
  collect(room);
  await until(() => answer, 'ask');
  await room.leave();
  answer();
  await until(() => hub.count('LeaveConversation') === 1 && hub.everyone[0].watches.size === 0, 'leave');
});

test('Rate limits on joins and reads are waited out', async (t) => {
  const { hub, connected } = await world(t);
  hub.page = 10;
  for (let i = 1; i <= 30; i++) hub.append('room', `message ${i}`);
  const limited = (calls) => (_, __, goOn) => {
    if (calls-- > 0) throw new Refused('rate_limited: Too many calls; try again in 15 ms.');
    return goOn();
  };
  hub.before.JoinConversations = limited(2);
  hub.before.ReadEntries = limited(2);
  const room = (await connected()).conversation('room', { after: 0 });
  const got = collect(room);
  await within(room.reached(30), 'reach 30');
  assertDense(got, 1, 30);
});

test('A connection that dies while the log is read goes on from where it was', async (t) => {
  const { hub, connected } = await world(t);
  hub.page = 10;
  for (let i = 1; i <= 100; i++) hub.append('room', `message ${i}`);
  let reads = 0;
  hub.before.ReadEntries = (connection, _, goOn) => {
    if (++reads === 3) connection.drop();
    return goOn();
  };
  const client = await connected();
  const back = becomes(client, 'reconnecting');
  const room = client.conversation('room', { after: 0 });
  const got = collect(room);
  await within(room.reached(100), 'reach 100');
  await back;
  assertDense(got, 1, 100);
});
