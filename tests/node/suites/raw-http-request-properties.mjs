import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { differs, holds } from "./behaviours.mjs";

const mirror = () => client.getOrCreate("mirror", fresh());

/** What the actor saw of a request. */
async function seen(path, init) {
  const response = await mirror().fetch(path, init);
  assert.equal(response.status, 200);
  return response.json();
}

const post = (body, type) => ({ method: "POST", body, headers: type === undefined ? {} : { "content-type": type } });

holds("Path, query, method, headers and body are those of the client", async () => {
  const headers = { "content-type": "application/json", "x-custom": "value", authorization: "Bearer of-the-actor" };
  const got = await seen("test/path?foo=bar&baz=qux", { method: "POST", headers, body: '{"test":"data"}' });
  assert.deepEqual([got.path, got.query, got.params], ["/test/path", "foo=bar&baz=qux", { foo: "bar", baz: "qux" }]);
  assert.deepEqual([got.method, got.text], ["POST", '{"test":"data"}']);
  for (const [name, value] of Object.entries(headers)) assert.equal(got.headers[name], value);
});

holds("A GET has no body", async () => {
  const got = await seen("test/get");
  assert.deepEqual([got.method, got.text], ["GET", ""]);
});

holds("Content types and their bodies arrive untouched", async () => {
  for (const [type, body] of [["application/x-www-form-urlencoded", "a=1&b=2"], ["text/plain", "Hello, World!"]]) {
    const got = await seen("test/type", post(body, type));
    assert.deepEqual([got.headers["content-type"], got.text], [type, body]);
  }
});

holds("Names of headers are in lower case, values as they were", async () => {
  const headers = { Accept: "application/json", "Accept-Language": "en-US,en;q=0.9", "X-Request-ID": "12345" };
  const got = await seen("test/headers", { headers });
  for (const [name, value] of Object.entries(headers)) assert.equal(got.headers[name.toLowerCase()], value);
  assert.ok(got.headers["user-agent"]);
});

holds("The empty path is `/`, escapes stay, fragments do not leave the client", async () => {
  assert.equal((await seen("")).path, "/");
  assert.equal((await seen("test/a%20b/c%2Fd")).path, "/test/a%20b/c%2Fd");
  assert.equal((await seen("test/path#fragment")).path, "/test/path");
});

holds("Each method arrives, HEAD and OPTIONS too", async () => {
  for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"]) {
    const body = ["POST", "PUT", "PATCH"].includes(method) ? "text" : undefined;
    assert.equal((await seen("test/method", { method, body })).method, method);
  }
  for (const [method, status] of [["HEAD", 200], ["OPTIONS", 204]]) {
    const response = await mirror().fetch("test/method", { method });
    assert.deepEqual([response.status, await response.text()], [status, ""]);
  }
});

holds("Of repeated parameters `query_params` has the last, and `query` has all", async () => {
  const query = "key=one&key=two&array[]=1&array[]=2&nested[prop]=val";
  const got = await seen(`test?${query}`);
  assert.deepEqual(got.params, { key: "two", "array[]": "2", "nested[prop]": "val" });
  assert.match(got.query, /^key=one&key=two&/);
});

holds("Multipart forms arrive as they are", async () => {
  const type = "multipart/form-data; boundary=line";
  const body = ["--line", 'Content-Disposition: form-data; name="field"', "", "value", "--line--", ""].join("\r\n");
  const got = await seen("test/multipart", post(body, type));
  assert.deepEqual([got.headers["content-type"], got.text], [type, body]);
});

holds("A query of a thousand characters arrives", async () => {
  const long = "x".repeat(1000);
  assert.equal((await seen(`test/long?param=${long}`)).params.param, long);
});

holds("A body of a megabyte arrives: messages have a limit, raw requests a larger one", async () => {
  const body = "0123456789".repeat(100_000);
  assert.equal((await seen("test/large", post(body, "text/plain"))).text.length, body.length);
});

holds("A body without content type arrives", async () => {
  const body = new TextEncoder().encode("bytes that say nothing of themselves");
  const got = await seen("test/no-type", post(body));
  assert.deepEqual([got.text, got.headers["content-type"]], ["bytes that say nothing of themselves", undefined]);
});

holds("An empty body is one", async () => {
  assert.equal((await seen("test/empty", post("", "application/json"))).text, "");
});

differs("A method of the client's own arrives", async () => {
  const response = await mirror().fetch("test/custom", { method: "CUSTOM" });
  if (response.status !== 400) assert.equal((await response.json()).method, "CUSTOM");
});

holds("Cookies arrive", async () => {
  const cookie = "session=abc123; user=test";
  assert.equal((await seen("test/cookies", { headers: { cookie } })).headers.cookie, cookie);
});

holds("Escapes of the query are read by `query_params`", async () => {
  const got = await seen("test?special=%20%21%40%23%24%25%5E%26&unicode=%E2%9C%93&email=a%40example.com");
  assert.deepEqual(got.params, { special: " !@#$%^&", unicode: "✓", email: "a@example.com" });
});

holds("Requests at the same time do not mix", async () => {
  const actor = mirror();
  const asked = [["POST", "one"], ["PUT", "two"], ["DELETE", undefined]];
  const answers = asked.map(([method, body]) => actor.fetch(`test?of=${method}`, { method, body }));
  const got = await Promise.all(answers.map(async (answer) => (await answer).json()));
  assert.deepEqual(
    got.map(({ method, params, text }) => [method, params.of, text]),
    asked.map(([method, body]) => [method, method, body ?? ""]),
  );
});
