import assert from 'node:assert/strict';
import test from 'node:test';
import { Refused } from './fake/hub.mjs';
import { becomes, until, within, world } from './fake/world.mjs';

const marksOf = (hub) => hub.calls.filter(([method]) => method.startsWith('Mark'));

test('Many marks cost few calls, and the furthest arrives', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const room = client.conversation('room');
  for (let seq = 1; seq <= 100; seq++) {
    room.markDelivered(seq);
    room.markRead(Math.max(1, seq - 10));
  }
  await until(() => marksOf(hub).length >= 2, 'mark');
  assert.deepEqual(marksOf(hub), [['MarkDelivered', 'room', 100], ['MarkRead', 'room', 90]]);
  assert.throws(() => room.markRead(-1), { code: 'validation_failed', detail: 'seq must be a whole number, 0 or above.' });
  room.markRead(0);
});

test('What was marked shortly before the link was lost is marked again', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const room = client.conversation('room');
  room.markRead(7);
  await until(() => marksOf(hub).length === 1, 'mark');
  const back = becomes(client, 'connected');
  hub.dropAll();
  await back;
  await until(() => marksOf(hub).length === 2, 'mark again');
  let drops = 1;
  hub.before.MarkRead = (connection) => (drops-- > 0 ? connection.drop() : null); // Never answered.
  room.markRead(8);
  await until(() => marksOf(hub).filter(([, , seq]) => seq === 8).length === 2, 'send it again');
});

test('A mark that is refused holds up none, one that is limited comes later; receipts and unread are told', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  let limited = true;
  hub.before.MarkRead = (connection, [conversation]) => {
    if (conversation === 'not-mine') throw new Refused('not_a_member: You are not a member of this conversation.');
    if (limited) {
      limited = false;
      throw new Refused('rate_limited: Too many calls; try again in 5 ms.');
    }
    return null;
  };
  client.conversation('not-mine').markRead(3);
  client.conversation('room').markRead(4);
  await until(() => marksOf(hub).filter(([, conversation]) => conversation === 'room').length === 2, 'mark');
  assert.equal(marksOf(hub).filter(([, conversation]) => conversation === 'not-mine').length, 1);
  const told = [];
  client.on('receipt', (receipt) => told.push(receipt));
  for (const connection of hub.connections) connection.event('Receipt', { conversationId: 'room', userId: 'bob', deliveredSeq: 7, readSeq: null });
  await until(() => told.length === 1, 'tell');
  assert.deepEqual(told, [{ conversationId: 'room', userId: 'bob', deliveredSeq: 7, readSeq: null }]);
  hub.before.GetUnread = () => ({ total: 3, conversations: { room: 3 } });
  assert.equal((await within(client.unread(), 'count')).conversations.room, 3);
});
