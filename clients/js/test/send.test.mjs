import assert from 'node:assert/strict';
import test from 'node:test';
import { Refused } from './fake/hub.mjs';
import { assertDense, collect, until, within, world } from './fake/world.mjs';

const textsOf = (hub, id) => hub.log(id).map((entry) => entry.message.text);

test('Many sends without waiting are stored in their order, in every conversation', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const rooms = ['a', 'b', 'c'].map((id) => client.conversation(id, { after: 0 }));
  const got = rooms.map(collect);
  const sent = [];
  for (let i = 1; i <= 100; i++) for (const room of rooms) sent.push(room.send(`${room.id} ${i}`));
  const results = await within(Promise.all(sent), 'send all');
  for (const room of rooms) assert.deepEqual(textsOf(hub, room.id), Array.from({ length: 100 }, (_, i) => `${room.id} ${i + 1}`));
  assert.ok(results.every((result) => result.messageId && result.seq > 0 && result.duplicate === false));
  await within(Promise.all(rooms.map((room) => room.reached(100))), 'reach 100');
  got.forEach((entries) => assertDense(entries, 1, 100));
  assert.equal(hub.count('ReadEntries'), 0); // what was acknowledged comes by itself
});

test('A connection killed in mid-send, before or after it was stored, loses and doubles nothing', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  let calls = 0;
  hub.before.SendMessage = (connection, _, goOn) => {
    calls++;
    if (calls % 7 === 3) return void connection.drop(); // before it was stored
    const answer = goOn();
    if (calls % 7 === 6) connection.drop(); // the answer is lost
    return answer;
  };
  const room = client.conversation('room', { after: 0 });
  const got = collect(room);
  const texts = Array.from({ length: 60 }, (_, i) => `message ${i + 1}`);
  const results = await within(Promise.all(texts.map((text) => room.send(text))), 'send all');
  assert.deepEqual(textsOf(hub, 'room'), texts);
  assert.deepEqual(results.map(({ seq }) => seq), texts.map((_, i) => i + 1));
  assert.ok(results.some(({ duplicate }) => duplicate));
  await within(room.reached(60), 'reach 60');
  assertDense(got, 1, 60);
  const ids = hub.calls.filter(([method]) => method === 'SendMessage').map(([, { clientMessageId, text }]) => `${clientMessageId} ${text}`);
  assert.equal(new Set(ids).size, 60); // tried again with the same id and content
  assert.ok(ids.length > 60);
});

test('What cannot be served now is sent again before what follows it: the order stays', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  let calls = 0;
  hub.before.SendMessage = (_, __, goOn) => {
    calls++;
    if (calls === 2) throw new Refused('unavailable: The store does not answer.');
    if (calls === 4) throw new Refused('rate_limited: Too many calls; try again in 30 ms.');
    return goOn();
  };
  const room = client.conversation('room');
  const since = performance.now();
  await within(Promise.all(['one', 'two', 'three', 'four'].map((text) => room.send(text))), 'send all');
  assert.deepEqual(textsOf(hub, 'room'), ['one', 'two', 'three', 'four']);
  assert.ok(performance.now() - since >= 29);
});

test('A fault of the service is tried again, but not for ever', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  let calls = 0;
  hub.before.SendMessage = (_, [{ text }], goOn) => {
    if (++calls <= 2 || text === 'bad') throw new Refused('internal_error: A fault of ours.');
    return goOn();
  };
  const room = client.conversation('room');
  const [first, bad, last] = await within(Promise.allSettled(['first', 'bad', 'last'].map((text) => room.send(text))), 'settle');
  assert.equal(first.value.seq, 1);
  assert.deepEqual([bad.reason.code, bad.reason.mayBeDone], ['internal_error', true]);
  assert.equal(last.value.seq, 2);
});

test('What refuses a later try says nothing of the one whose answer was lost', async (t) => {
  const tries = {
    'lost and stored': (connection, _, goOn) => (goOn(), connection.drop(), new Promise(() => {})),
    fault: () => { throw new Refused('internal_error: A fault of ours.'); },
    'not confirmed': () => { throw new Refused('unavailable: The store did not confirm the write.'); },
    limited: () => { throw new Refused('rate_limited: Too many calls; try again in 5 ms.'); },
  };
  for (const [first, mayBeDone] of [['lost and stored', true], ['fault', true], ['not confirmed', true], ['limited', false]]) {
    const { hub, connected } = await world(t);
    const client = await connected();
    let calls = 0;
    hub.before.SendMessage = (...args) => {
      if (++calls > 1) throw new Refused('not_a_member: You are not a member of this conversation.');
      return tries[first](...args);
    };
    await assert.rejects(within(client.conversation('room').send({ text: 'hello', clientMessageId: 'mine' }), 'refuse'), { code: 'not_a_member', status: 403, clientMessageId: 'mine', mayBeDone }, first);
    assert.equal(calls, 2);
  }
});

test('A call that is refused for its token is made again with a fresh one', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  let calls = 0;
  hub.before.SendMessage = (_, __, goOn) => {
    if (++calls === 1) throw new Refused('token_expired: The token has expired.');
    return goOn();
  };
  assert.equal((await within(client.conversation('room').send('hello'), 'send')).seq, 1);
  assert.equal(hub.everyone.length, 2);
});

test('A refusal says its code, status, detail and the id of the message; what follows is sent', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  hub.before.SendMessage = (_, [{ text }], goOn) => {
    if (text === '') throw new Refused('validation_failed: text must not be empty');
    return goOn();
  };
  const room = client.conversation('room');
  const [first, second] = await within(Promise.allSettled([room.send({ text: '', clientMessageId: 'mine' }), room.send('fine')]), 'settle');
  const { name, code, status, detail, clientMessageId, mayBeDone } = first.reason;
  assert.deepEqual({ name, code, status, detail, clientMessageId, mayBeDone }, { name: 'CaasError', code: 'validation_failed', status: 400, detail: 'text must not be empty', clientMessageId: 'mine', mayBeDone: false });
  assert.equal(second.value.seq, 1);
});

test('Edits, deletions, reactions and pins wait for what was sent before them', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const room = client.conversation('room');
  await within(Promise.all([room.send('one'), room.edit('m1', { text: 'uno' }), room.react('m1', '👍'), room.unreact('m1', '👍'), room.pin('m1'), room.unpin('m1'), room.delete('m1')]), 'all');
  assert.deepEqual(hub.calls.map(([method]) => method).filter((method) => method !== 'negotiate'), ['SendMessage', 'EditMessage', 'AddReaction', 'RemoveReaction', 'PinMessage', 'UnpinMessage', 'DeleteMessage']);
  const [, edit] = hub.calls.find(([method]) => method === 'EditMessage');
  assert.equal(edit.text, 'uno');
  assert.match(edit.clientMessageId, /^[0-9a-f-]{36}$/);
});

test('Sends wait for the first connection; what is changed after the call is not sent', async (t) => {
  const { hub, connection } = await world(t);
  const client = connection();
  const message = { text: 'as it was', custom: { n: 1 } };
  const sent = client.conversation('room').send(message);
  message.text = 'changed';
  message.custom.n = 2;
  await within(client.connect(), 'connect');
  await within(sent, 'send');
  assert.deepEqual(textsOf(hub, 'room'), ['as it was']);
});

test('An aborted send is not sent when it still waited, and holds up nothing', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  let go;
  const gate = new Promise((resolve) => (go = resolve));
  hub.before.SendMessage = async (_, __, goOn) => (await gate, goOn());
  const room = client.conversation('room');
  const abort = new AbortController();
  const first = room.send('one');
  const second = room.send('two', { signal: abort.signal });
  const third = room.send('three');
  abort.abort(new Error('enough'));
  await assert.rejects(second, { name: 'Error', message: 'enough' });
  await assert.rejects(room.send('four', { signal: AbortSignal.abort() }), { name: 'AbortError' });
  go();
  await within(Promise.all([first, third]), 'send');
  assert.deepEqual(textsOf(hub, 'room'), ['one', 'three']);
});

test('Who aborts what is on its way does not know whether it is stored, and is told so; what waits was not sent', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  let go;
  const gate = new Promise((resolve) => (go = resolve));
  hub.before.SendMessage = async (_, __, goOn) => {
    const answer = goOn();
    await gate;
    return answer;
  };
  const room = client.conversation('room');
  const abort = new AbortController();
  const [first, second] = ['one', 'two'].map((text) => room.send({ text, clientMessageId: text }, { signal: abort.signal }));
  await until(() => hub.count('SendMessage') === 1, 'be sent');
  const reason = new Error('enough');
  abort.abort(reason);
  await assert.rejects(first, { name: 'CaasError', code: 'aborted', clientMessageId: 'one', mayBeDone: true, cause: reason });
  await assert.rejects(second, { name: 'Error', message: 'enough' });
  const third = room.send('three');
  go();
  await within(third, 'send');
  assert.deepEqual(textsOf(hub, 'room'), ['one', 'three']);
});

test('Who aborts while a limit is waited out knows that nothing was stored', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  hub.before.SendMessage = () => { throw new Refused('rate_limited: Too many calls; try again in 600000 ms.'); };
  const abort = new AbortController();
  const limited = client.conversation('room').send('one', { signal: abort.signal });
  await until(() => hub.count('SendMessage') === 1, 'be sent');
  await client.unread(); // The refusal came before this answer.
  abort.abort(new Error('enough'));
  await assert.rejects(limited, { name: 'Error', message: 'enough' });
});

test('More waiting sends than were allowed are refused; room again when some are answered', async (t) => {
  const { hub, connection } = await world(t);
  const client = connection({ waitingSends: 3 });
  const room = client.conversation('room');
  const sent = [1, 2, 3].map((n) => room.send(`${n}`));
  assert.equal(client.waiting, 3);
  await assert.rejects(room.send({ text: '4', clientMessageId: 'four' }), { code: 'too_many_waiting', clientMessageId: 'four', mayBeDone: false });
  await within(client.connect(), 'connect');
  await within(client.flush(), 'flush');
  await Promise.all(sent);
  assert.equal(client.waiting, 0);
  await within(room.send('5'), 'send');
  assert.deepEqual(textsOf(hub, 'room'), ['1', '2', '3', '5']);
});

test('Closing while sending tells of each send whether it may have been stored', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  hub.before.SendMessage = () => new Promise(() => {});
  const room = client.conversation('room', { after: 0 });
  const loop = (async () => { for await (const _ of room.entries()); })();
  const sends = ['on its way', 'still here'].map((text) => room.send({ text, clientMessageId: text.replaceAll(' ', '-') }));
  const settled = Promise.allSettled(sends);
  await until(() => hub.count('SendMessage') === 1, 'be sent');
  await within(client.close(), 'close');
  const reasons = (await within(settled, 'settle')).map(({ reason: { code, clientMessageId, mayBeDone } }) => ({ code, clientMessageId, mayBeDone }));
  assert.deepEqual(reasons, [{ code: 'closed', clientMessageId: 'on-its-way', mayBeDone: true }, { code: 'closed', clientMessageId: 'still-here', mayBeDone: false }]);
  await within(loop, 'end the loop');
  await assert.rejects(room.send('later'), { code: 'closed' });
  assert.equal(client.state, 'ended');
});

test('A call that is never answered leads to another connection, on which it is made again', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected({ callTimeoutMs: 150 });
  let calls = 0;
  hub.before.SendMessage = (_, __, goOn) => (++calls === 1 ? new Promise(() => {}) : goOn());
  const { seq } = await within(client.conversation('room').send('hello'), 'send');
  assert.equal(seq, 1);
  assert.equal(hub.everyone.length, 2);
});

test('What makes the service close the connection is refused, and the others get through', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  hub.before.SendMessage = (connection, [{ text }], goOn) => {
    if (text !== 'poison') return goOn();
    connection.close({ error: 'invalid_arguments: The connection was closed because of what was sent on it.' });
    return new Promise(() => {});
  };
  const sends = await within(Promise.allSettled(['one', 'poison', 'two', 'three'].map((text, i) => client.conversation(`room-${i % 3}`).send(text))), 'settle');
  assert.deepEqual(sends.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  assert.deepEqual([sends[1].reason.code, sends[1].reason.mayBeDone], ['invalid_arguments', true]);
  await assert.rejects(client.conversation('room').send('x'.repeat(300_000)), { code: 'too_large', status: 413 });
  assert.equal(client.state, 'connected');
});
