// The same promises on the service itself.
import assert from 'node:assert/strict';
import test from 'node:test';
import { CaasRest, getAttachment, uploadAttachment } from '../dist/index.js';
import { assertDense, becomes, collect, until, within } from './fake/world.mjs';
import { Service, messages, noService } from './real/service.mjs';

test('On the standalone host', { skip: noService }, async (t) => {
  const service = new Service(t);
  let host = await service.standalone();
  await service.prepare('lobby', 'busy', 'left');
  await service.asBackend('PATCH', '/v1/conversations/lobby/members/alice', { role: 'moderator' }); // who may pin
  const [alice, bob] = ['alice', 'bob'].map((user) => service.connection(user));
  await within(Promise.all([alice.connect(), bob.connect()]), 'connect');

  await t.test('two users talk, edit, react, pin and delete, and both have all of it in order', async () => {
    const [his, hers] = [bob, alice].map((user) => user.conversation('lobby', { after: 0 }));
    const got = collect(his);
    collect(hers);
    await until(() => his.live && hers.live, 'join');
    const { messageId } = await within(hers.send('Hello'), 'send');
    await within(hers.edit(messageId, { text: 'Hello, Bob' }), 'edit');
    await within(his.react(messageId, '👍'), 'react');
    await within(his.unreact(messageId, '👍'), 'unreact');
    await within(hers.pin(messageId), 'pin');
    await within(hers.unpin(messageId), 'unpin');
    const { seq } = await within(hers.delete(messageId), 'delete');
    await within(Promise.all([his.reached(seq), hers.reached(seq)]), 'reach it');
    const log = await service.log('lobby');
    assertDense(got, 1, log.length);
    assert.deepEqual(log.slice(-7).map(({ type }) => type), ['message.created', 'message.edited', 'reaction.added', 'reaction.removed', 'message.pinned', 'message.unpinned', 'message.deleted']);
    await assert.rejects(within(his.edit(messageId, { text: 'not mine' }), 'refuse'), { name: 'CaasError' });
    await assert.rejects(within(alice.conversation('nowhere').entries().next(), 'refuse'), { code: 'conversation_not_found', status: 404 });
  });

  await t.test('a file is uploaded, sent, and read by the other', async () => {
    const of = (user) => ({ gateway: service.gateway, getToken: () => service.token(user) });
    const file = new Blob(['hello, file'], { type: 'text/plain' });
    const attachment = await within(uploadAttachment(file, { ...of('alice'), name: 'hello.txt' }), 'upload');
    await within(alice.conversation('lobby').send({ attachments: [attachment] }), 'send');
    const { downloadUrl, size } = await within(getAttachment(attachment.attachmentId, of('bob')), 'ask');
    assert.deepEqual([size, await (await fetch(downloadUrl)).text()], [11, 'hello, file']);
    await assert.rejects(uploadAttachment(new Blob(['<html>'], { type: 'text/html' }), of('alice')), { code: 'validation_failed', status: 400 });
  });

  await t.test('what is not live is asked for over REST, as the user', async () => {
    const [alices, bobs] = ['alice', 'bob'].map((user) => new CaasRest({ gateway: service.gateway, getToken: () => service.token(user) }));
    const sent = await within(bobs.call('POST /v1/conversations/{conversationId}/messages', { path: { conversationId: 'lobby' }, body: { text: 'Who has the lantern?' } }), 'send');
    await until(async () => (await alices.call('GET /v1/search/messages', { query: { q: 'lantern' } })).items.some(({ message }) => message.id === sent.id), 'find it');
    await alices.call('PUT /v1/conversations/{conversationId}/messages/{messageId}/reactions/{emoji}', { path: { conversationId: 'lobby', messageId: sent.id, emoji: '🔦' } });
    assert.equal((await bobs.call('GET /v1/conversations/{conversationId}/messages/{messageId}', { path: { conversationId: 'lobby', messageId: sent.id } })).reactions['🔦'].count, 1);
    const rooms = [];
    for await (const room of alices.items('GET /v1/conversations', { query: { limit: 1 } })) rooms.push(room.id);
    assert.ok(rooms.includes('lobby') && rooms.length >= 3);
    await assert.rejects(bobs.call('DELETE /v1/conversations/{conversationId}', { path: { conversationId: 'lobby' } }), { code: 'not_allowed', status: 403 });
  });

  await t.test('one sees the other type, until the message is sent', async () => {
    const [his, hers] = [bob, alice].map((user) => user.conversation('lobby'));
    const heard = [];
    const stop = his.onTyping(({ displayText }) => heard.push(displayText));
    await within(hers.startTyping(), 'type');
    await until(() => heard.length === 1, 'hear it');
    assert.match(heard[0], /is typing…$/);
    assert.deepEqual(his.typing.userIds, ['alice']);
    await until(async () => (await his.askTyping()).userIds.length === 1, 'ask');
    assert.deepEqual((await within(hers.askTyping(), 'ask')).userIds, []);
    await within(hers.send('what was typed'), 'send');
    await until(() => heard.length === 2, 'hear the end');
    assert.deepEqual([heard[1], his.typing.userIds], ['', []]);
    await within(hers.stopTyping(), 'stop');
    stop();
    await assert.rejects(within(alice.conversation('nowhere else').askTyping(), 'refuse'), { name: 'CaasError' });
  });

  await t.test('one follows the other, also over REST and reconnects', async () => {
    const heard = [];
    const stop = bob.on('presence', ({ userId, status, text }) => heard.push(`${userId} ${status} ${text}`));
    const [state] = await within(bob.followPresence(['alice']), 'follow');
    assert.equal(state.status, 'online');
    await within(alice.setPresence({ status: 'busy', text: 'Lunch' }), 'set');
    await until(() => heard.includes('alice busy Lunch'), 'hear it');
    const { items } = await service.asBackend('GET', '/v1/presence?userIds=alice,nobody');
    assert.deepEqual(items.map(({ status }) => status), ['busy', 'offline']);
    await service.call('PUT', '/v1/presence', { 'X-Api-Key': service.apiKey, 'X-On-Behalf-Of': 'alice' }, { status: 'online' });
    await until(() => heard.at(-1) === 'alice online null', 'hear it');
    assert.deepEqual((await within(alice.getPresence(['bob', 'alice']), 'get')).map(({ userId, status }) => `${userId} ${status}`), ['bob online', 'alice online']);
    assert.equal((await service.asBackend('GET', '/v1/presence/summary')).online, 2);
    await within(bob.unfollowPresence(['alice']), 'unfollow');
    stop();
    await assert.rejects(within(bob.followPresence(['a b']), 'refuse'), { code: 'validation_failed' });
  });

  await t.test('more sends than the rate limit allows wait and are stored in their order', async () => {
    const room = alice.conversation('busy');
    const texts = Array.from({ length: 50 }, (_, i) => `message ${i}`); // the burst is 40
    const results = await within(Promise.all(texts.map((text) => room.send(text))), 'send all', 60);
    assert.deepEqual(messages(await service.log('busy')).map(({ message }) => message.text), texts);
    assert.ok(results.every(({ duplicate }) => !duplicate));
  });

  await t.test('what one has read the other is told, and nothing of it is unread', async () => {
    const [his, hers] = [bob, alice].map((user) => user.conversation('lobby'));
    const told = [];
    const stop = alice.on('receipt', (receipt) => told.push(receipt));
    const { seq } = await within(hers.send('read this'), 'send');
    await within(his.reached(seq), 'reach it');
    his.markRead(seq);
    await until(() => told.some(({ userId, readSeq }) => userId === 'bob' && readSeq === seq), 'tell');
    assert.equal((await within(bob.unread(), 'count')).conversations['lobby'], undefined);
    stop();
  });

  await t.test('a member that is removed loses the conversation and nothing else', async () => {
    const room = bob.conversation('left', { after: 0 });
    const types = [];
    const loop = (async () => { for await (const entry of room.entries()) types.push(entry.type); })();
    await until(() => room.live, 'join');
    const outcome = assert.rejects(within(loop, 'end', 20), { code: 'removed' });
    await service.asBackend('DELETE', '/v1/conversations/left/members/bob');
    await outcome;
    assert.equal(types.at(-1), 'member.removed');
    assert.equal(bob.state, 'connected');
  });

  await t.test('a host that is stopped and started again is found, with what was sent meanwhile', async () => {
    const room = bob.conversation('lobby');
    const before = room.lastSeq;
    const got = collect(room);
    const gone = becomes(bob, 'reconnecting');
    const { port } = new URL(service.gateway);
    await within(service.end(host, 'SIGTERM'), 'stop', 60);
    await gone;
    const sent = alice.conversation('lobby').send('sent while nobody was there');
    const back = Promise.all([alice, bob].map((user) => user.connect()));
    host = await service.standalone(port);
    await within(back, 'come back', 60);
    const { seq } = await within(sent, 'send', 60);
    await within(room.reached(seq), 'reach it', 60);
    assertDense(got, before + 1, seq);
  });

  await t.test('a token is replaced on the connection that stands; one that is revoked ends it for good', async (t) => {
    const { now } = Date;
    t.mock.method(Date, 'now', () => now() + 58_000); // the token of a minute has two seconds left
    const tokens = [];
    const client = service.connection('bob', { getToken: async () => (tokens.push(await service.token('bob', 60)), tokens.at(-1)) });
    const states = [];
    client.on('state', ({ state }) => states.push(state));
    await within(client.connect(), 'connect');
    await until(() => tokens.length >= 3, 'refresh twice'); // the second one was taken
    assert.deepEqual(states, ['connecting', 'connected']);
    const ended = becomes(client, 'ended');
    for (const token of tokens) await service.asBackend('POST', '/v1/tokens/revoke', { token });
    assert.equal((await ended).error.code, 'token_revoked');
    await assert.rejects(client.conversation('lobby').send('late'), { code: 'token_revoked', mayBeDone: false });
  });
});
