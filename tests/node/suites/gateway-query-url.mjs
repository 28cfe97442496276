import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { ask, holds } from "./behaviours.mjs";

/** The address that the client makes, with `path` behind it. */
async function address(handle, path) {
  const url = new URL(await handle.getGatewayUrl());
  url.pathname = url.pathname.replace(/\/$/, "") + path;
  return url;
}

const token = { "x-rivet-token": process.env.TOKEN };

holds("The address of `getOrCreate` says so, with namespace and crash policy, and leads to the actor", async () => {
  const handle = client.getOrCreate("site", fresh());
  await handle.fetch("api/hello");
  const url = await address(handle, "/request/api/count");
  const given = ["namespace", "method", "crash-policy"].map((name) => url.searchParams.get(`rvt-${name}`));
  assert.deepEqual(given, ["default", "getOrCreate", "sleep"]);
  assert.deepEqual(await (await fetch(url, { headers: token })).json(), { requests: 2 });
});

holds("The address of `get` says so, and leads to the actor", async () => {
  const key = fresh();
  await client.getOrCreate("site", key).fetch("api/hello");
  const url = await address(client.get("site", key), "/request/api/count");
  assert.deepEqual([url.searchParams.get("rvt-namespace"), url.searchParams.get("rvt-method")], ["default", "get"]);
  assert.deepEqual(await (await fetch(url, { headers: token })).json(), { requests: 2 });
});

holds("Below such an address `/inspector/state` shows the state", async () => {
  const handle = client.getOrCreate("counter", fresh());
  const key = await ask(`/actors/${await handle.resolve()}/kv/keys/Aw%3D%3D?namespace=default`);
  const bearer = (secret) => ({ headers: { ...token, authorization: `Bearer ${secret}` } });
  const url = await address(handle, "/inspector/state");
  const response = await fetch(url, bearer(atob((await key.json()).value)));
  assert.deepEqual([response.status, (await response.json()).isStateEnabled], [200, true]);
  assert.equal((await fetch(url, bearer("another"))).status, 401);
});
