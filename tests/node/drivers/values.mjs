// Every kind of value, there and back, over HTTP and over a connection.

import { client, fresh, outcome, report } from "./common.mjs";

const values = {
  zero: 0,
  negative: -7,
  float: 1.5,
  timestamp: 1_790_000_000_123,
  largest: Number.MAX_SAFE_INTEGER,
  text: "Grüße, 世界 🎉 \u0000 \\ \"",
  yes: true,
  nothing: null,
  list: [1, [2, [3]]],
  nested: { a: { b: [{ c: null }] }, "": "empty key" },
  lookalike: ["$Set", [1, 2]],
  bytes: new Uint8Array([0, 1, 254, 255]),
  big: 123456789012345678901234567890n,
  smallBig: 5n,
};

async function exchange(call) {
  const results = {};
  for (const [name, value] of Object.entries(values)) results[name] = await outcome(call(value));
  return results;
}

const handle = client.getOrCreate("echo", fresh());
const connection = handle.connect();
const results = { http: await exchange((v) => handle.echo(v)), socket: await exchange((v) => connection.echo(v)) };
await connection.dispose();
report({ sent: values, ...results });
