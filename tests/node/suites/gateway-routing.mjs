import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { ask, holds } from "./behaviours.mjs";

const hello = { message: "hello" };

/** A site that is there, and its id. */
async function site() {
  const key = fresh();
  return { key, id: await client.getOrCreate("site", key).resolve() };
}

/** A request to the gateway by name and key, with these parameters over the usual ones. */
function byQuery(name, path, key, own = {}) {
  const usual = { namespace: "default", method: "getOrCreate", key, runner: "default", ...own };
  const pairs = Object.entries(usual).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(pairs.map(([parameter, value]) => [`rvt-${parameter}`, value]));
  return ask(`/gateway/${name}/request/${path}${path.includes("?") ? "&" : "?"}${query}`);
}

const refusal = async (answer, status, code) => {
  const response = await answer;
  assert.equal(response.status, status);
  if (code) assert.equal((await response.json()).code, code);
};

holds("`x-rivet-target` and `x-rivet-actor` lead a request to its actor", async () => {
  const headers = { "x-rivet-target": "actor", "x-rivet-actor": (await site()).id };
  assert.deepEqual(await (await ask("/request/api/hello", { headers })).json(), hello);
});

holds("So addressed, only paths below `/request` reach `on_request`", async () => {
  const headers = { "x-rivet-target": "actor", "x-rivet-actor": (await site()).id };
  await refusal(ask("/api/hello", { headers }), 404);
});

holds("Without `x-rivet-actor` the request is refused", async () => {
  await refusal(ask("/request/api/hello", { headers: { "x-rivet-target": "actor" } }), 400, "missing_header");
});

holds("`rvt-method=getOrCreate` and `rvt-key` lead to the actor", async () => {
  assert.deepEqual(await (await byQuery("site", "api/hello", fresh()[0])).json(), hello);
});

holds("`rvt-method=get` leads to an actor that is there", async () => {
  const { key } = await site();
  const get = { method: "get", runner: undefined };
  assert.deepEqual(await (await byQuery("site", "api/hello", key[0], get)).json(), hello);
  await refusal(byQuery("site", "api/hello", fresh()[0], get), 404, "not_found");
});

holds("An unknown `rvt-` parameter is refused", async () => {
  await refusal(byQuery("site", "api/hello", fresh()[0], { bogus: "x" }), 400, "query_invalid_params");
});

holds("A parameter given twice is refused", async () => {
  const query = "rvt-namespace=a&rvt-namespace=b&rvt-method=get&rvt-key=twice";
  await refusal(ask(`/gateway/site/request/api/hello?${query}`), 400, "query_duplicate_param");
});

holds("The actor does not see `rvt-` parameters", async () => {
  const seen = await (await byQuery("mirror", "test-path?mine=yes", fresh()[0])).json();
  assert.deepEqual([seen.path, seen.query], ["/test-path", "mine=yes"]);
});

holds("Commas part a key", async () => {
  const [part] = fresh();
  await client.getOrCreate("site", [part, "room"]).fetch("api/hello");
  const counted = await byQuery("site", "api/count", `${part},room`, { method: "get", runner: undefined });
  assert.deepEqual(await counted.json(), { requests: 2 });
});
