import assert from 'node:assert/strict';
import test from 'node:test';
import { ConversationMessages } from '../dist/index.js';
import { until, world } from './fake/world.mjs';

const message = (id, seq, more = {}) => ({ id, seq, rev: seq, text: id, replyCount: 0, ...more });

test('Messages are what the entries say, whatever was read before or in between', () => {
  const held = new ConversationMessages();
  held.load([message('root', 1, { rev: 5, replyCount: 2, text: 'edited' }), message('one', 2)]);
  held.apply({ seq: 1, type: 'message.created', message: message('root', 1) });
  held.apply({ seq: 3, type: 'message.created', message: message('two', 3, { threadOf: 'root' }), root: message('root', 1, { rev: 3, replyCount: 1 }) });
  assert.deepEqual([held.find('root').replyCount, held.find('root').text], [2, 'edited']);
  held.apply({ seq: 6, type: 'message.deleted', message: message('two', 3, { rev: 6, text: null, threadOf: 'root' }), root: message('root', 1, { rev: 6, replyCount: 1, text: 'edited' }) });
  assert.equal(held.find('root').replyCount, 1);
  assert.deepEqual(held.all.map(({ id, text }) => [id, text]), [['root', 'edited'], ['one', 'one'], ['two', null]]);
  assert.equal(held.find('three'), undefined);
});

test('A quote follows the message that it quotes', () => {
  const held = new ConversationMessages();
  const quote = (rev, text) => ({ messageId: 'one', seq: 1, senderId: 'ann', text, attachmentCount: 0, createdAt: 'then', deletedAt: null, rev });
  const one = (rev, text, deletedAt = null) => message('one', 1, { rev, text, senderId: 'ann', attachments: [], createdAt: 'then', deletedAt });
  held.apply({ seq: 2, type: 'message.created', message: message('two', 2, { quote: quote(1, 'one') }) });
  held.apply({ seq: 4, type: 'message.created', message: message('four', 4, { quote: quote(3, 'edited') }) });
  assert.deepEqual(held.find('four').quote, quote(3, 'edited'));
  held.load([one(5, `${'x'.repeat(199)}👍`)]);
  assert.deepEqual([held.find('two').quote, held.find('four').quote], [quote(5, `${'x'.repeat(199)}…`), quote(5, `${'x'.repeat(199)}…`)]);
  held.apply({ seq: 6, type: 'message.deleted', message: one(6, null, 'now') });
  assert.deepEqual(held.find('two').quote, { ...quote(6, null), deletedAt: 'now' });
  held.apply({ seq: 7, type: 'message.deleted', message: message('two', 2, { rev: 7, text: null, deletedAt: 'now' }) });
  held.apply({ seq: 8, type: 'reaction.added', message: one(8, null, 'now') });
  assert.equal(held.find('two').quote, undefined);
  assert.equal(held.find('four').quote.rev, 8);
});

test('Of a user who was erased the pseudonym is left, also in what is read later', () => {
  const held = new ConversationMessages();
  const names = (id) => ({
    senderId: 'bob', text: `@${id}, @${id}. and a@${id} @${id}x`, mentions: [id], thread: { participantIds: ['bob', id], participantCount: 2, lastReplyAt: 'then' },
    reactions: { '👍': { count: 2, userIds: [id, 'bob'] } }, poll: { question: null, options: [{ id: '1', text: 'yes', votes: 1, userIds: [id] }] },
    quote: { messageId: 'none', seq: 9, senderId: id, text: `@${id}`, attachmentCount: 0, createdAt: 'then', deletedAt: null, rev: 9 },
  });
  const left = () => message('two', 2, { ...names('p-1'), text: '@p-1, @p-1. and a@a.b @a.bx' });
  held.load([message('two', 2, names('a.b')), message('one', 1, { senderId: 'a.b', text: null, clientMessageId: 'mine' })]);
  held.apply({ seq: 10, type: 'user.erased', data: { userId: 'a.b', pseudonym: 'p-1' } });
  assert.deepEqual(held.find('two'), left());
  assert.deepEqual([held.find('one').senderId, held.find('one').clientMessageId], ['p-1', '$erased:1']);
  held.load([message('two', 2, names('a.b'))]);
  assert.deepEqual(held.find('two'), left());
});

test('A reminder that is due is told', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const told = [];
  client.on('reminder', (reminder) => told.push(reminder));
  const reminder = { id: 'r', remindAt: 'then', text: 'tea', conversationId: null, messageId: null, due: true, createdAt: 'before' };
  for (const connection of hub.connections) connection.event('Reminder', reminder);
  await until(() => told.length === 1, 'tell');
  assert.deepEqual(told, [reminder]);
});

test('Notifications and how many are left are told', async (t) => {
  const { hub, connected } = await world(t);
  const client = await connected();
  const told = [];
  client.on('notification', (notification) => told.push(notification));
  client.on('notificationsRead', (unread) => told.push(unread));
  client.on('notificationWithdrawn', (withdrawn) => told.push(withdrawn));
  const notification = { id: 'messages:room', type: 'messages', kind: 'message', priority: 'normal', conversationId: 'room', messageId: 'm', seq: 7, actorId: 'ann', count: 2, title: 'Room', body: '2 new messages', createdAt: 'then', updatedAt: 'now', readAt: null };
  for (const connection of hub.connections) {
    connection.event('Notification', notification);
    connection.event('NotificationsRead', { unread: 3 });
    connection.event('NotificationWithdrawn', { id: 'messages:room', notification: null, unread: 2 });
  }
  await until(() => told.length === 3, 'tell');
  assert.deepEqual(told, [notification, 3, { id: 'messages:room', notification: null, unread: 2 }]);
});
