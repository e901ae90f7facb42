// The service itself, as processes of a build of the solution; and what a backend does with it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CaasConnection } from '../../dist/index.js';
import { until } from '../fake/world.mjs';

const adminKey = 'the-admin-key-of-the-tests-of-the-client';

/** Where the hosts lie, or undefined. CAAS_TEST_BUILD names the folder; else it is the one of the .NET tests. */
const build = [process.env.CAAS_TEST_BUILD, ...['Debug', 'Release'].map((name) => fileURLToPath(new URL(`../../../../Caas.Tests/bin/${name}/net10.0`, import.meta.url)))]
  .find((folder) => folder && existsSync(join(folder, 'Caas.Standalone.dll')));

const has = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

/** Why there can be no service, or false: what a test takes as `skip`. */
export const noService = (build === undefined && "Needs a build of the solution: run 'dotnet build', or name its folder in CAAS_TEST_BUILD.") || (!has('dotnet') && 'Needs dotnet.');
export const noReplicas = noService || (!has('redis-server') && 'Needs redis-server.');

/** A folder, and processes in it; all of it is gone when the test is. */
export class Service {
  #processes = [];
  clients = [];

  constructor(t) {
    this.folder = mkdtempSync(join(tmpdir(), 'caas-js-'));
    t.after(async () => {
      for (const client of this.clients) await client.close();
      for (const process of this.#processes) await this.end(process, 'SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** The gateway and two replicas in one process. */
  async standalone(port = 0) {
    const host = this.#start('dotnet', ['exec', join(build, 'Caas.Standalone.dll'), '--data', this.folder, '--port', `${port}`], { Caas__AdminKey: adminKey });
    await until(() => { this.#requireRunning(host); return host.printed.includes('Ready.'); }, 'start the standalone host', 60);
    this.gateway = /Gateway\s+(http:\/\/localhost:\d+)/.exec(host.printed)[1];
    return host;
  }

  /** The gateway and two replicas as processes of their own, over one SQLite file and one Redis. */
  async separate() {
    const [redis, gateway, metrics, ...replicas] = await freePorts(5);
    this.#start('redis-server', ['--port', `${redis}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {});
    const common = { ConnectionStrings__caasdb: `Data Source=${join(this.folder, 'caas.db')}`, ConnectionStrings__redis: `localhost:${redis}`, Caas__RateLimits__HubMessagesPerSecond: '0' };
    this.gateway = `http://localhost:${gateway}`;
    this.replicas = replicas.map((port) => `http://localhost:${port}`);
    const started = [
      this.#start('dotnet', ['exec', join(build, 'Caas.Gateway.dll')], { ...common, Caas__AdminKey: adminKey, Caas__Gateway__Port: `${gateway}`, Caas__Gateway__MetricsPort: `${metrics}` }),
      ...replicas.map((port) => this.#start('dotnet', ['exec', join(build, 'Caas.Realtime.dll')], { ...common, Caas__Realtime__Port: `${port}` })),
    ];
    for (const [i, url] of [this.gateway, ...this.replicas].entries()) {
      await until(async () => { this.#requireRunning(started[i]); return (await fetch(`${url}/health`).catch(() => ({ ok: false }))).ok; }, `start ${url}`, 60);
    }
    return started.slice(1);
  }

  async end(child, signal) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** A tenant with alice and bob in conversations. */
  async prepare(...rooms) {
    await this.call('POST', '/v1/tenants', { Authorization: `Bearer ${adminKey}` }, { id: 'acme', name: 'Acme' });
    const { key } = await this.call('POST', '/v1/tenants/acme/api-keys', { Authorization: `Bearer ${adminKey}` }, { name: 'backend' });
    this.apiKey = key;
    await this.asBackend('POST', '/v1/users/batch', { users: [{ id: 'alice', name: 'Alice' }, { id: 'bob', name: 'Bob' }] });
    for (const id of rooms) await this.asBackend('POST', '/v1/conversations', { type: 'group', id, name: id, memberIds: ['alice', 'bob'] });
  }

  asBackend(method, path, body) {
    return this.call(method, path, { 'X-Api-Key': this.apiKey }, body);
  }

  async call(method, path, headers, body) {
    const response = await fetch(`${this.gateway}${path}`, { method, headers: { 'Content-Type': 'application/json', ...headers }, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  async token(user, expiresInSeconds) {
    return (await this.asBackend('POST', `/v1/users/${user}/tokens`, { expiresInSeconds })).token;
  }

  /** A connection of a user, that comes back fast. */
  connection(user, options = {}) {
    const address = options.replica === undefined ? { gateway: this.gateway } : {};
    const client = new CaasConnection({ ...address, getToken: () => this.token(user), backoff: () => 50, ...options });
    this.clients.push(client);
    return client;
  }

  /** The whole log, as the backend reads it. */
  async log(room) {
    const all = [];
    for (let complete = false; !complete; ) {
      const page = await this.asBackend('GET', `/v1/conversations/${room}/entries?limit=1000&after=${all.at(-1)?.seq ?? 0}`);
      all.push(...page.items);
      complete = page.complete;
    }
    return all;
  }

  #start(program, args, environment) {
    const { ASPNETCORE_ENVIRONMENT, DOTNET_ENVIRONMENT, ASPNETCORE_URLS, ...rest } = process.env;
    const child = spawn(program, args, { cwd: this.folder, env: { ...rest, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    child.printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (child.printed += data));
    this.#processes.push(child);
    return child;
  }

  #requireRunning(child) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${child.printed}`);
  }
}

/** Of a log. */
export const messages = (log) => log.filter(({ type }) => type === 'message.created');

/** Ports below those that outgoing connections take. */
async function freePorts(count) {
  const ports = [];
  for (let port = 20_000 + Math.floor(Math.random() * 10_000); ports.length < count; port++) {
    const server = createServer();
    const free = await new Promise((resolve) => server.once('error', () => resolve(false)).listen(port, () => server.close(() => resolve(true))));
    if (free) ports.push(port);
  }
  return ports;
}
