// Writes src/operations.ts: what users may call over REST, with types, from the platform's OpenAPI document. `node scripts/operations.mjs` after a change of the interface; a test holds the file to it.
import { readFile, writeFile } from 'node:fs/promises';

const methods = ['get', 'post', 'put', 'patch', 'delete'];
const target = new URL('../src/operations.ts', import.meta.url);

/** The file's text. */
export async function operations() {
  const { paths, components: { schemas } } = JSON.parse(await readFile(new URL('../../../docs/api/openapi.v1.json', import.meta.url), 'utf8'));
  const needed = new Set();
  const lines = [];
  for (const [path, item] of Object.entries(paths)) {
    if (!path.startsWith('/v1/')) continue;
    for (const method of methods) {
      const operation = item[method];
      if (!operation?.security?.some((one) => 'userToken' in one)) continue;
      lines.push(...comment(operation.summary, '  '), `  '${method.toUpperCase()} ${path}': {`);
      for (const place of ['path', 'query', 'header']) {
        const fields = [...(item.parameters ?? []), ...(operation.parameters ?? [])].filter((one) => one.in === place && one.name !== 'X-On-Behalf-Of');
        if (fields.length > 0) lines.push(`    ${place}${fields.some((one) => one.required) ? '' : '?'}: { ${fields.map((one) => `${key(one.name)}${one.required ? '' : '?'}: ${typeOf(one.schema)}`).join('; ')} };`);
      }
      const body = operation.requestBody;
      if (body) lines.push(`    body${body.required === false ? '?' : ''}: ${typeOf(contentOf(body))};`);
      const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2')).map(([, answer]) => (contentOf(answer) ? typeOf(contentOf(answer)) : 'void'));
      lines.push(`    answer: ${[...new Set(answers)].join(' | ')};`, '  };');
    }
  }

  const types = [];
  for (const name of needed) { // grows while it is walked
    const schema = schemas[name];
    types.push('', ...comment(schema.description, ''));
    if (schema.properties && !schema.enum && !schema.oneOf) {
      types.push(`export interface ${name} {`);
      for (const [field, one] of Object.entries(schema.properties)) types.push(...comment(one.description, '  '), `  ${key(field)}${schema.required?.includes(field) ? '' : '?'}: ${typeOf(one)};`);
      types.push('}');
    } else types.push(`export type ${name} = ${typeOf(schema)};`);
  }

  return ['// Written by scripts/operations.mjs from docs/api/openapi.v1.json: change that, and run it again.', '', '/** What users may call. */', 'export interface Operations {', ...lines, '}', ...types, ''].join('\n');

  function typeOf(schema) {
    if (schema === undefined || schema === true) return 'unknown';
    if (schema.$ref) {
      const name = schema.$ref.split('/').at(-1);
      needed.add(name);
      return name;
    }
    if (schema.oneOf) return [...new Set(schema.oneOf.map(typeOf))].join(' | ');
    if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ').replaceAll('"', "'");
    if (Array.isArray(schema.type)) return schema.type.map((type) => (type === 'null' ? 'null' : typeOf({ ...schema, type }))).sort((a, b) => (a === 'null') - (b === 'null')).join(' | ');
    switch (schema.type) {
      case 'string': return 'string';
      case 'integer':
      case 'number': return 'number';
      case 'boolean': return 'boolean';
      case 'null': return 'null';
      case 'array': return schema.items?.oneOf || schema.items?.enum || Array.isArray(schema.items?.type) ? `(${typeOf(schema.items)})[]` : `${typeOf(schema.items)}[]`;
      case 'object': return schema.properties
        ? `{ ${Object.entries(schema.properties).map(([field, one]) => `${key(field)}${schema.required?.includes(field) ? '' : '?'}: ${typeOf(one)}`).join('; ')} }`
        : `Record<string, ${typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties) : 'unknown'}>`;
      default: return 'unknown';
    }
  }
}

const contentOf = ({ content }) => (content?.['application/json'] ?? content?.['application/merge-patch+json'])?.schema;
const key = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`);
const comment = (text, indent) => (text ? [`${indent}/** ${text.replaceAll('\n', ' ').replaceAll('*/', '* /')} */`] : []);

if (process.argv[1] === new URL(import.meta.url).pathname) await writeFile(target, await operations());
