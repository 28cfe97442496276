import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { holds } from "./behaviours.mjs";

const site = () => client.getOrCreate("site", fresh());
const registry = () => client.getOrCreate("registry", fresh());
const json = (method, value) => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

/** Status and JSON of an answer. */
async function told(answer) {
  const response = await answer;
  return [response.status, await response.json()];
}

holds("`fetch` gets what `on_request` returns", async () => {
  assert.deepEqual(await told(site().fetch("api/hello")), [200, { message: "hello" }]);
});

holds("A POST brings its body", async () => {
  const value = { test: "data", number: 123 };
  assert.deepEqual(await told(site().fetch("api/echo", json("POST", value))), [200, value]);
});

holds("State goes from one request to the next", async () => {
  const actor = site();
  for (const path of ["api/hello", "api/hello", "api/count"]) await actor.fetch(path);
  assert.deepEqual(await told(actor.fetch("api/count")), [200, { requests: 4 }]);
});

holds("Headers arrive", async () => {
  const headers = { "X-Custom-Header": "one", "X-Another-Header": "two" };
  const [, seen] = await told(site().fetch("api/headers", { headers }));
  assert.deepEqual([seen["x-custom-header"], seen["x-another-header"]], ["one", "two"]);
});

holds("The actor itself answers 404 for paths that it does not have", async () => {
  assert.equal((await site().fetch("api/nowhere")).status, 404);
});

holds("Without `on_request` the answer is 404", async () => {
  assert.equal((await client.getOrCreate("blank", fresh()).fetch("api/anything")).status, 404);
});

holds("If `on_request` returns nothing, the answer is 500", async () => {
  assert.equal((await client.getOrCreate("silent", fresh()).fetch("api/anything")).status, 500);
});

holds("All common methods reach it", async () => {
  const actor = site();
  const statuses = {};
  for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"]) {
    const body = ["POST", "PUT", "PATCH"].includes(method) ? JSON.stringify({ method }) : undefined;
    statuses[method] = (await actor.fetch("api/echo", { method, body })).status;
  }
  assert.deepEqual(statuses, { GET: 404, POST: 200, PUT: 404, DELETE: 404, PATCH: 404 });
});

holds("Bytes come back as they went", async () => {
  const body = new Uint8Array([1, 2, 3, 0, 255]);
  const response = await site().fetch("api/echo", { method: "POST", body });
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()), body);
});

holds("Routes made in `create_vars` answer", async () => {
  const actor = registry();
  assert.deepEqual(await told(actor.fetch("/")), [200, { message: "welcome" }]);
  assert.deepEqual(await told(actor.fetch("/people/1")), [200, { id: 1, name: "Ada" }]);
  assert.deepEqual(await told(actor.fetch("/people", json("POST", { name: "Cy" }))), [201, { id: 3, name: "Cy" }]);
  assert.deepEqual(await told(actor.fetch("/people/1", json("PUT", { name: "Eve" }))), [200, { id: 1, name: "Eve" }]);
  assert.equal((await actor.fetch("/people/2", { method: "DELETE" })).status, 204);
  const left = [{ id: 1, name: "Eve" }, { id: 3, name: "Cy" }];
  assert.deepEqual(await told(actor.fetch("/people")), [200, left]);
  assert.equal((await actor.fetch("/unknown")).status, 404);
});

holds("A leading slash makes no difference", async () => {
  const actor = site();
  assert.deepEqual(await told(actor.fetch("/api/hello")), await told(actor.fetch("api/hello")));
});

holds("A path and a `Request` as its options work together", async () => {
  const request = new Request("http://example.com/people");
  assert.equal((await registry().fetch("/people", request)).status, 200);
});

holds("A `Request` alone can be passed on", async () => {
  const request = new Request("http://example.com/people/1");
  assert.deepEqual(await told(registry().fetch(request)), [200, { id: 1, name: "Ada" }]);
});

holds("A `URL` or a `Request` may stand for the path, and options go over a request's own", async () => {
  const actor = site();
  const url = new URL("/api/echo", "http://example.com");
  assert.deepEqual(await told(actor.fetch(url, json("POST", { from: "url" }))), [200, { from: "url" }]);
  const request = new Request(url, json("POST", { from: "request" }));
  assert.deepEqual(await told(actor.fetch(request)), [200, { from: "request" }]);
  const asked = new Request("http://example.com/api/headers", { headers: { "x-first": "request" } });
  const [, seen] = await told(actor.fetch(asked, { headers: { "x-second": "options" } }));
  assert.deepEqual([seen["x-first"], seen["x-second"]], ["request", "options"]);
});
