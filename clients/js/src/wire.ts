// What goes over the wire, as docs/api/realtime.v1.json says; test/contract.test.mjs compares the two, field by field.

export type * from './wire-calls.js';
export type * from './wire-log.js';
export type * from './wire-state.js';
