// Replicas as processes of their own, one of which is killed.
import assert from 'node:assert/strict';
import test from 'node:test';
import { assertDense, collect, until, within } from './fake/world.mjs';
import { Service, messages, noReplicas } from './real/service.mjs';

test('A replica killed in mid-send loses nothing and doubles nothing; those who were on it go on where they were', { skip: noReplicas }, async (t) => {
  const service = new Service(t);
  const replicas = await service.separate();
  await service.prepare('lobby');
  const clients = ['alice', 'bob', 'alice', 'bob'].map((user) => service.connection(user));
  const moved = clients.map(() => 0);
  clients.forEach((client, i) => client.on('state', ({ state }) => { if (state === 'connected') moved[i]++; }));
  await within(Promise.all(clients.map((client) => client.connect())), 'connect', 60);
  const rooms = clients.map((client) => client.conversation('lobby', { after: 0 }));
  const got = rooms.map(collect);
  await until(() => rooms.every((room) => room.live), 'join');

  const acknowledged = [];
  let stop = false;
  const load = rooms.map(async (room, sender) => {
    const waiting = [];
    for (let i = 0; !stop; i++) {
      const text = `${sender}-${i}`;
      waiting.push(room.send(text).then(({ seq }) => acknowledged.push({ seq, text })));
      if (waiting.length >= 5) await waiting.shift();
    }
    await Promise.all(waiting);
  });
  await until(() => acknowledged.length >= 200, 'be acknowledged', 60);
  await service.end(replicas[0], 'SIGKILL');
  await until(() => acknowledged.length >= 600, 'be acknowledged by the other one', 60);
  stop = true;
  await within(Promise.all(load), 'send all', 60);

  const log = await service.log('lobby');
  await within(Promise.all(rooms.map((room) => room.reached(log.at(-1).seq))), 'reach the end', 60);
  got.forEach((entries) => assertDense(entries, 1, log.length));
  const stored = messages(log);
  assert.deepEqual(acknowledged.sort((a, b) => a.seq - b.seq), stored.map(({ seq, message: { text } }) => ({ seq, text })));
  rooms.forEach((_, sender) => {
    const own = stored.map(({ message }) => message.text).filter((text) => text.startsWith(`${sender}-`));
    assert.deepEqual(own, own.map((_, i) => `${sender}-${i}`));
  });
  assert.ok(moved.some((times) => times >= 2), 'Nobody was on the replica that was killed.');
  assert.ok(moved.some((times) => times === 1), 'Nobody was on the other one.');
});
