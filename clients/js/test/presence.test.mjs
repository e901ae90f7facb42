import assert from 'node:assert/strict';
import test from 'node:test';
import { becomes, until, within, world } from './fake/world.mjs';

const tell = (hub, event, state) => hub.connections.forEach((connection) => connection.event(event, state));

test('Who types is told, and nobody does once the link is lost', async (t) => {
  const { hub, connected } = await world(t);
  hub.before.StartTyping = hub.before.StopTyping = () => null;
  hub.before.GetTyping = () => ({ conversationId: 'room', userIds: ['cy'], displayText: 'cy is typing…' });
  const client = await connected();
  const room = client.conversation('room');
  const told = [];
  room.listen(() => undefined);
  await until(() => room.live, 'join');
  room.onTyping(({ displayText }) => told.push(displayText));
  await within(room.startTyping(), 'start');
  await within(room.stopTyping(), 'stop');
  assert.deepEqual(hub.calls.filter(([method]) => method.endsWith('Typing')), [['StartTyping', 'room'], ['StopTyping', 'room']]);
  tell(hub, 'Typing', { conversationId: 'room', userIds: ['bob'], displayText: 'bob is typing…' });
  tell(hub, 'Typing', { conversationId: 'another', userIds: ['cy'], displayText: 'cy is typing…' });
  await until(() => told.length === 1, 'tell');
  assert.deepEqual([told, room.typing.userIds], [['bob is typing…'], ['bob']]);

  const back = becomes(client, 'connected');
  hub.dropAll();
  await back;
  assert.deepEqual(room.typing.userIds, []);
  await until(() => room.live, 'join again');
  assert.deepEqual(room.typing.userIds, []);
  assert.deepEqual((await within(room.askTyping(), 'ask')).userIds, ['cy']);
});

test('Whom one follows one follows again after a reconnect, and is told only what differs', async (t) => {
  const { hub, connected } = await world(t);
  let status = 'online';
  hub.before.SubscribePresence = (_, [userIds]) => userIds.map((userId) => ({ userId, status, text: null, lastSeenAt: null }));
  hub.before.UnsubscribePresence = hub.before.SetPresence = () => null;
  const client = await connected();
  const told = [];
  client.on('presence', (state) => told.push(state.status));
  assert.equal((await within(client.followPresence(['bob']), 'follow'))[0].status, 'online');
  for (const now of ['online', 'busy', 'busy']) tell(hub, 'Presence', { userId: 'bob', status: now, text: null, lastSeenAt: null });
  tell(hub, 'Presence', { userId: 'cy', status: 'busy', text: null, lastSeenAt: null });
  await until(() => told.length === 1, 'tell');

  await within(client.setPresence({ status: 'away' }), 'set');
  status = 'away';
  hub.dropAll();
  await until(() => told.length === 2, 'tell what was missed');
  assert.deepEqual(told, ['busy', 'away']);
  assert.deepEqual([hub.count('SubscribePresence'), hub.count('SetPresence')], [2, 2]);

  await within(client.unfollowPresence(['bob']), 'unfollow');
  tell(hub, 'Presence', { userId: 'bob', status: 'online', text: null, lastSeenAt: null });
  const back = becomes(client, 'connected');
  hub.dropAll();
  await back;
  await until(() => hub.count('SetPresence') === 3, 'be away again');
  assert.deepEqual([told.length, hub.count('SubscribePresence')], [2, 2]);
});
