// The REST interface, against a server that says what it was asked.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import test from 'node:test';
import { CaasError, CaasRest } from '../dist/index.js';
import { operations } from '../scripts/operations.mjs';

async function serve(t, answer) {
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ method: request.method, url: request.url, body, authorization: request.headers.authorization, type: request.headers['content-type'] });
    const { status = 200, json, headers = {} } = answer(asked.at(-1), asked.length);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(json === undefined ? undefined : JSON.stringify(json));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { asked, rest: new CaasRest({ gateway: `http://127.0.0.1:${server.address().port}/`, getToken: async () => 'token' }) };
}

test('the operations are those of the OpenAPI document', async () => {
  assert.equal(await readFile(new URL('../src/operations.ts', import.meta.url), 'utf8'), await operations(), 'run node scripts/operations.mjs');
});

test('an operation is called with its path, query and body, as the user', async (t) => {
  const { asked, rest } = await serve(t, ({ method }) => (method === 'DELETE' ? { status: 204 } : { json: { id: '1' } }));
  assert.deepEqual(await rest.call('POST /v1/conversations/{conversationId}/messages', { path: { conversationId: 'a b/c' }, body: { text: 'Hello' } }), { id: '1' });
  assert.deepEqual(asked[0], { method: 'POST', url: '/v1/conversations/a%20b%2Fc/messages', body: '{"text":"Hello"}', authorization: 'Bearer token', type: 'application/json' });
  await rest.call('GET /v1/search/messages', { query: { q: 'über & co', limit: 5, from: undefined } });
  assert.equal(new URL(asked[1].url, 'http://x').searchParams.get('q'), 'über & co');
  assert.match(asked[1].url, /^\/v1\/search\/messages\?q=[^&]+&limit=5$/);
  assert.deepEqual([asked[1].body, asked[1].type], ['', undefined]);
  assert.equal(await rest.call('DELETE /v1/devices/{deviceId}', { path: { deviceId: 'phone' } }), undefined);
});

test('lists are walked page by page, as far as one goes', async (t) => {
  const { asked, rest } = await serve(t, ({ url }) => {
    const cursor = Number(new URL(url, 'http://x').searchParams.get('cursor') ?? 0);
    return { json: { items: [{ id: `${cursor}a` }, { id: `${cursor}b` }], next: cursor < 2 ? `${cursor + 1}` : null } };
  });
  const ids = [];
  for await (const { id } of rest.items('GET /v1/users', { query: { query: 'a' } })) ids.push(id);
  assert.deepEqual(ids, ['0a', '0b', '1a', '1b', '2a', '2b']);
  assert.ok(asked.every(({ url }) => url.includes('query=a')));
  for await (const { id } of rest.items('GET /v1/users')) {
    assert.equal(id, '0a');
    break;
  }
  assert.equal(asked.length, 4);
});

test('what is refused, or cannot be reached, is an error with its code', async (t) => {
  const { rest } = await serve(t, () => ({ status: 429, json: { code: 'rate_limited', detail: 'Later.', retryAfterMs: 1200 } }));
  await assert.rejects(rest.call('GET /v1/unread'), { name: 'CaasError', code: 'rate_limited', status: 429, detail: 'Later.', retryAfterMs: 1200 });
  const nobody = new CaasRest({ gateway: 'http://127.0.0.1:1', getToken: async () => 'token' });
  const [reading, writing] = await Promise.all([nobody.call('GET /v1/unread'), nobody.call('PUT /v1/blocks/{userId}', { path: { userId: 'bob' } })].map((call) => call.catch((error) => error)));
  assert.ok(reading instanceof CaasError && writing instanceof CaasError);
  assert.deepEqual([reading.code, reading.mayBeDone, writing.code, writing.mayBeDone], ['unavailable', false, 'unavailable', true]);
});
