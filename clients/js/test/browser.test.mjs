// In a real browser, as the README says: no bundler, an import map over what was built.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { within, world } from './fake/world.mjs';

const browser = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined);
const root = fileURLToPath(new URL('..', import.meta.url));
const folders = { '/dist/': 'dist', '/signalr/': 'node_modules/@microsoft/signalr/dist/browser', '/': 'test/real' };
const types = { '.js': 'text/javascript', '.html': 'text/html' };

test('A page joins, sends, loses its connection and goes on', { skip: !browser && 'Needs chromium.' }, async (t) => {
  const { hub } = await world(t);
  let dropped = false;
  hub.before.SendMessage = (connection, [{ text }], goOn) => {
    const answer = goOn();
    if (text === 'drop me' && !dropped) {
      dropped = true;
      connection.drop();
      hub.append('room', 'missed');
      hub.append('room', 'missed too');
    }
    return answer;
  };

  let told;
  const result = new Promise((resolve) => (told = resolve));
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://page');
    if (request.method === 'POST') {
      let body = '';
      for await (const part of request) body += part;
      response.end();
      return told(JSON.parse(body));
    }
    const folder = Object.keys(folders).find((prefix) => pathname.startsWith(prefix));
    try {
      response.setHeader('Content-Type', types[extname(pathname)] ?? 'text/plain').end(readFileSync(join(root, folders[folder], pathname.slice(folder.length))));
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const profile = mkdtempSync(join(tmpdir(), 'caas-js-browser-'));
  const chromium = spawn(browser, ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', `--user-data-dir=${profile}`, `http://127.0.0.1:${server.address().port}/page.html?hub=${hub.url}`], { stdio: 'ignore', detached: true });
  t.after(async () => {
    if (chromium.exitCode === null) {
      process.kill(-chromium.pid, 'SIGKILL'); // with the processes that it started
      await once(chromium, 'exit');
    }
    server.close();
    server.closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });

  const { error, states, seen } = await within(result, 'hear from the page', 40);
  assert.equal(error, undefined);
  assert.deepEqual(seen, ['1 from the page', '2 drop me', '3 missed', '4 missed too']);
  assert.deepEqual(states.filter((state, i) => state !== states[i - 1]), ['connecting', 'connected', 'reconnecting', 'connected', 'ended']);
});
