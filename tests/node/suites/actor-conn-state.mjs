import { strict as assert } from "node:assert";
import { client, collector, fresh, next } from "../drivers/common.mjs";
import { differs, holds, until } from "./behaviours.mjs";

const member = (key, params) => client.getOrCreate("membership", key, { params }).connect();

/** Two connections of one actor, both let in. */
async function pair() {
  const key = fresh();
  const both = [member(key, { username: "Ada" }), member(key, { username: "Bob" })];
  return { both, me: await Promise.all(both.map((connection) => connection.me())) };
}

/** What is seen while a second client waits in `hook`, what it sees itself when it is let in, and what is afterwards. */
async function porch(hook) {
  const key = fresh();
  const enter = (params) => client.getOrCreate("porch", key, { params }).connect();
  const first = enter({ label: "first" });
  const knocked = next();
  first.on("knocked", knocked.resolve);
  await first.inside();
  const second = enter({ label: "second", wait: hook });
  const [seenByHook] = await knocked.promise;
  const meanwhile = await first.inside();
  await first.open();
  return { seenByHook, meanwhile, onConnect: await second.seenOnConnect("second"), afterwards: await second.inside() };
}

holds("A connection begins with the state that `create_conn_state` makes", async () => {
  const { id, ...state } = await member(fresh()).me();
  assert.equal(typeof id, "string");
  assert.deepEqual(state, { username: "anonymous", role: "guest", count: 0 });
});

holds("`create_conn_state` sees the params", async () => {
  const { username, role } = await member(fresh(), { username: "Ada", role: "admin" }).me();
  assert.deepEqual([username, role], ["Ada", "admin"]);
});

holds("Each connection has a state of its own", async () => {
  const { both } = await pair();
  await Promise.all(both.map((connection, index) => connection.count(5 * (index + 1))));
  assert.deepEqual((await Promise.all(both.map((connection) => connection.me()))).map(({ count }) => count), [5, 10]);
});

holds("The actor sees all connections, by different ids", async () => {
  const { both, me } = await pair();
  assert.notEqual(me[0].id, me[1].id);
  const names = await both[0].everybody();
  assert.deepEqual([names[me[0].id], names[me[1].id]], ["Ada", "Bob"]);
});

holds("Nobody is in `conns` before `create_conn_state` has ended", async () => {
  const { seenByHook, meanwhile, afterwards } = await porch("create");
  assert.deepEqual([seenByHook, meanwhile, afterwards], [["first"], ["first"], ["first", "second"]]);
});

holds("Nobody is in `conns` before `on_before_connect` has ended", async () => {
  const { seenByHook, meanwhile, afterwards } = await porch("before");
  assert.deepEqual([seenByHook, meanwhile, afterwards], [["first"], ["first"], ["first", "second"]]);
});

differs("In `on_connect` the connection is in `conns` already", async () => {
  assert.deepEqual((await porch("before")).onConnect, ["first"]);
});

holds("What `on_connect` sends reaches who listened from the beginning", async () => {
  const connection = member(fresh(), { username: "Ada" });
  const greeted = next();
  connection.on("greeted", greeted.resolve);
  assert.deepEqual(await greeted.promise, ["Ada"]);
});

holds("Who comes and goes is counted", async () => {
  const key = fresh();
  const observer = client.getOrCreate("membership", key, { params: "observer" });
  for (const left of [1, 2]) {
    const connection = member(key);
    const { id } = await connection.me();
    assert.ok(id in (await observer.everybody()));
    assert.equal(await observer.left(), left - 1);
    await connection.dispose();
    await until(() => observer.left(), (count) => count === left);
    assert.equal(id in (await observer.everybody()), false);
  }
});

holds("A connection's state can be changed, and stays so", async () => {
  const connection = member(fresh());
  assert.deepEqual(await connection.rename("Eve", "moderator"), { username: "Eve", role: "moderator", count: 0 });
  assert.equal((await connection.me()).username, "Eve");
});

holds("An actor may send to one connection alone", async () => {
  const { both, me } = await pair();
  const [own, other] = [collector(), collector()];
  both[0].on("told", own.add);
  both[1].on("told", other.add);
  await Promise.all(both.map((connection) => connection.me()));
  assert.equal(await both[0].tell(me[1].id, "hello"), true);
  assert.deepEqual(await other.reach(1), [{ from: me[0].id, text: "hello" }]);
  await both[0].me();
  assert.deepEqual(own.items, []);
});
