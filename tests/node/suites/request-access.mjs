import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { holds } from "./behaviours.mjs";

const witness = (look, key = fresh()) => client.getOrCreate("witness", key, { params: { look } });
const nothing = { method: null, path: null, headers: {} };

holds("`on_before_connect` and `create_conn_state` can see the request of a connection", async () => {
  const { before, create } = await witness(true).connect().sights();
  for (const sight of [before, create]) {
    assert.equal(sight.method, "GET");
    assert.match(sight.path, /^\/gateway\/witness/);
    assert.ok(sight.headers["sec-websocket-key"]);
  }
});

holds("What a hook does not look at is not kept", async () => {
  assert.deepEqual(await witness(false).connect().sights(), { before: nothing, create: nothing });
});

holds("An HTTP action runs these hooks too, with its request", async () => {
  const key = fresh();
  assert.equal(await witness(true, key).ping(), "pong");
  const { before } = await client.getOrCreate("witness", key).sights();
  assert.equal(before.method, "POST");
  assert.match(before.path, /\/action\/ping$/);
  assert.equal(before.headers["x-rivet-encoding"], process.env.ENCODING);
});
