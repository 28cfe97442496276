// Odd keys. Each list must reach one actor, and be the key that this actor sees.

import { client, outcome, report } from "./common.mjs";

const run = crypto.randomUUID();
const parts = ["a/b", "back\\slash", "sp ace", "ünï-世界-🎉", "%2F", "a+b&c=d", "?#", "@at", "..", '"quoted"', "\\0", "x".repeat(80)];
const seen = {};
for (const part of parts) {
  const key = [run, part];
  const handle = client.getOrCreate("echo", key);
  const called = await handle.whoAmI();
  const connection = client.get("echo", key).connect();
  const connected = await connection.whoAmI();
  await connection.dispose();
  seen[part] = { key: called.key, same: called.id === connected.id && called.id === (await handle.resolve()) };
}

report({
  run,
  seen,
  depth: (await client.getOrCreate("echo", [run, "a", "b", "c"]).whoAmI()).key,
  noKey: (await client.getOrCreate("echo", []).whoAmI()).key,
  plainText: (await client.getOrCreate("echo", `${run} text`).whoAmI()).key,
  apart: new Set([
    (await client.getOrCreate("echo", [run, "a/b"]).whoAmI()).id,
    (await client.getOrCreate("echo", [run, "a", "b"]).whoAmI()).id,
    (await client.getOrCreate("echo", [run, "a\\/b"]).whoAmI()).id,
  ]).size,
  tooLong: await outcome(client.getOrCreate("echo", [run, "y".repeat(1100)]).resolve()),
});
