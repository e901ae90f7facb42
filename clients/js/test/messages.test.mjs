import assert from 'node:assert/strict';
import test from 'node:test';
import { ConversationMessages } from '../dist/index.js';

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
