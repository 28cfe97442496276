// What every driver shares: the unchanged official client, and a report that pytest reads from standard output.

import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { createClient } from "rivetkit/client";

export const endpoint = process.env.ENDPOINT;
export const client = createClient({ endpoint, encoding: process.env.ENCODING, token: process.env.TOKEN });

/** A key that no other test uses. */
export const fresh = () => [randomUUID()];

/** What became of a call, as plain data. */
export async function outcome(promise) {
  try {
    return { value: await promise };
  } catch ({ name, group, code, message, metadata }) {
    return { error: { name, group, code, message, metadata } };
  }
}

/** Resolves with the arguments of the next call of the returned function. */
export function next() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve: (...args) => resolve(args) };
}

/** Collects items; `reach(n)` resolves with them all once there are n. */
export function collector() {
  const items = [];
  let wake = () => {};
  return {
    items,
    add: (item) => (items.push(item), wake()),
    async reach(count) {
      while (items.length < count) await new Promise((resolve) => (wake = resolve));
      return [...items];
    },
  };
}

/** Tells the test that a point is reached, and waits until it has done its part (such as restarting the server). */
export async function handOver(point) {
  console.log(JSON.stringify({ point }));
  await lines.next();
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** JSON cannot hold all that the wire can; the test compares these spellings. */
function spell(key, value) {
  const original = this[key];
  if (typeof original === "bigint") return { bigint: original.toString() };
  if (original instanceof Date) return { date: original.toISOString() };
  if (original instanceof Uint8Array) return { bytes: [...original] };
  if (original instanceof Set) return { set: [...original] };
  if (Number.isNaN(original)) return { number: "NaN" };
  return original === undefined ? { undefined: true } : value;
}

/** The driver's last line. Exits at once: a connection that is still open must not hold the process. */
export function report(result) {
  process.stdout.write(`${JSON.stringify({ result }, spell)}\n`, () => process.exit(0));
}
