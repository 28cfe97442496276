// A server whose doors have a token.

import { createClient } from "rivetkit/client";
import { client, endpoint, fresh, next, outcome, report } from "./common.mjs";

const key = fresh();
const connection = client.getOrCreate("counter", key).connect();
const overSocket = await connection.increment(2);
await connection.dispose();

const stranger = (token) => createClient({ endpoint, token, encoding: process.env.ENCODING, disableMetadataLookup: true });
const refusedSocket = stranger("wrong").getOrCreate("counter", key).connect();
const refusal = next();
refusedSocket.onError(refusal.resolve);

report({
  overSocket,
  overHttp: await client.getOrCreate("counter", key).increment(3),
  byId: await client.getForId("counter", await client.get("counter", key).resolve()).getCount(),
  wrong: await outcome(stranger("wrong").getOrCreate("counter", key).increment(1)),
  missing: await outcome(stranger(undefined).getOrCreate("counter", key).increment(1)),
  socket: (await refusal.promise)[0].code,
});
