// The types are written by hand; this holds them to the documents of the service, field by field, so that they cannot drift.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { problems } from '../dist/index.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const documents = here('../../../docs');
const sources = readdirSync(here('../src')).map((name) => here(`../src/${name}`));
const { config } = ts.readConfigFile(here('../tsconfig.json'), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, here('..'));
const program = ts.createProgram(sources, options);
const checker = program.getTypeChecker();

const hub = JSON.parse(readFileSync(`${documents}/api/realtime.v1.json`, 'utf8'));

/** Name → type, of all that a source file exports. */
function exportsOf(name) {
  const file = program.getSourceFile(here(`../src/${name}`));
  return new Map(checker.getExportsOfModule(checker.getSymbolAtLocation(file)).map((symbol) => [symbol.name, checker.getDeclaredTypeOfSymbol(symbol)]));
}

const wire = exportsOf('wire.ts');
const shapes = exportsOf('hub.ts');

const parts = (type) => (type.isUnion() ? type.types : [type]);
const has = (type, flag) => parts(type).some((part) => part.flags & flag);
const only = (type, flag) => parts(type).every((part) => part.flags & (flag | ts.TypeFlags.Null | ts.TypeFlags.Undefined));
const typeOf = (symbol) => checker.getTypeOfSymbol(symbol);

/** @param inside a list, a dictionary or the root: the document calls their contents nullable, which they never are. */
function compare(schema, type, path, inside = false) {
  const kinds = schema === true || schema.type === undefined ? undefined : [schema.type].flat();
  if (kinds === undefined) return; // Any JSON.
  if (!inside) assert.equal(has(type, ts.TypeFlags.Null), kinds.includes('null'), `${path}: null`);
  const bare = checker.getNonNullableType(type);
  switch (kinds.find((kind) => kind !== 'null')) {
    case 'string':
      return assert.ok(parts(bare).every((part) => part.flags & ts.TypeFlags.StringLike || part.isIntersection()), `${path}: ${checker.typeToString(type)} is no string`);
    case 'integer':
    case 'number':
      return assert.ok(only(bare, ts.TypeFlags.NumberLike), `${path}: ${checker.typeToString(type)} is no number`);
    case 'boolean':
      return assert.ok(only(bare, ts.TypeFlags.BooleanLike), `${path}: ${checker.typeToString(type)} is no boolean`);
    case 'array':
      assert.ok(checker.isArrayType(bare), `${path}: ${checker.typeToString(type)} is no list`);
      return compare(schema.items, checker.getTypeArguments(bare)[0], `${path}[]`, true);
    default:
      if (schema.additionalProperties) return compare(schema.additionalProperties, bare.getStringIndexType(), `${path}{}`, true);
      return compareFields(schema, bare, path);
  }
}

function compareFields(schema, type, path) {
  const fields = new Map(type.getProperties().map((field) => [field.name, field]));
  assert.deepEqual([...fields.keys()].sort(), Object.keys(schema.properties).sort(), `${path}: fields`);
  for (const [name, field] of fields) {
    const optional = (field.flags & ts.SymbolFlags.Optional) !== 0;
    assert.equal(optional, !(schema.required ?? []).includes(name), `${path}.${name}: optional`);
    compare(schema.properties[name], typeOf(field), `${path}.${name}`);
  }
}

/** `string`, `integer?`, `JoinRequest[]`, as the document names types of arguments and results; null: nothing. */
function compareNamed(name, type, path) {
  const text = checker.typeToString(type);
  const simple = { string: 'string', 'string[]': 'string[]', integer: 'number', 'integer?': 'number | null' };
  assert.equal(text, name === null ? 'void' : (simple[name] ?? name), path);
  if (name !== null && !(name in simple)) assert.ok(wire.has(name.replace('[]', '')), `${path}: ${name}`);
}

function compareCalls(documented, shape, results) {
  const members = new Map(shape.getProperties().map((member) => [member.name, typeOf(member).getCallSignatures()[0]]));
  assert.deepEqual([...members.keys()].sort(), Object.keys(documented).sort());
  for (const [name, { arguments: args, result }] of Object.entries(documented)) {
    const parameters = members.get(name).getParameters();
    assert.deepEqual(parameters.map((parameter) => parameter.name), args.map((argument) => argument.name), name);
    args.forEach((argument, i) => compareNamed(argument.type, typeOf(parameters[i]), `${name}(${argument.name})`));
    compareNamed(results ? result : null, members.get(name).getReturnType(), `${name}: result`);
  }
}

test('The types are those of the document, field by field', () => {
  for (const [name, schema] of Object.entries(hub.types)) {
    assert.ok(wire.has(name), `There is no type ${name}.`);
    compare(schema, wire.get(name), name, true);
  }
});

test('Every method of the hub has its arguments and its result', () => compareCalls(hub.methods, shapes.get('HubMethods'), true));

test('Every event of the hub has its argument', () => compareCalls(hub.events, shapes.get('HubEvents'), false));

test('The comparison notices what differs', () => {
  const schema = structuredClone(hub.types.EntryPage);
  schema.properties.complete.type = 'string';
  assert.throws(() => compare(schema, wire.get('EntryPage'), 'EntryPage', true), /complete/);
  delete schema.properties.complete;
  assert.throws(() => compare(schema, wire.get('EntryPage'), 'EntryPage', true), /fields/);
  assert.throws(() => compare(hub.types.JoinRequest, wire.get('JoinResult'), 'JoinResult', true), /fields/);
});

test('The codes and their status are those of docs/problems.md', () => {
  const rows = readFileSync(`${documents}/problems.md`, 'utf8').matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm);
  assert.deepEqual({ ...problems }, Object.fromEntries([...rows].map(([, code, status]) => [code, Number(status)])));
});

test('Nothing is any', () => {
  for (const path of sources) {
    const visit = (node) => {
      assert.notEqual(node.kind, ts.SyntaxKind.AnyKeyword, path);
      ts.forEachChild(node, visit);
    };
    visit(program.getSourceFile(path));
  }
});

test('The samples of the README compile', () => {
  const readme = readFileSync(here('../README.md'), 'utf8');
  const samples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
  assert.ok(samples.length > 0);
  const path = here('../readme.ts');
  const given = 'declare function fetchToken(): Promise<string>;\ndeclare function show(entry: Entry): void;\ndeclare const store: { seq: number | null };\n';
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target, ...rest) => (name === path ? ts.createSourceFile(name, `import type { Entry } from '@caas/client';\n${samples.join('\n')}\n${given}`, target) : read(name, target, ...rest));
  const sample = ts.createProgram([path], { ...options, noEmit: true, rootDir: here('..') }, host);
  assert.deepEqual(ts.getPreEmitDiagnostics(sample).map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, '\n')), []);
});
