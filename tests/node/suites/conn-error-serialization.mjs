import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { holds, refusedWith } from "./behaviours.mjs";

holds("An error of `create_conn_state` reaches the first call with its group and code", async () => {
  const connection = client.getOrCreate("picky", fresh(), { params: { create: "user" } }).connect();
  const error = await refusedWith("user.no_room", connection.ping());
  assert.equal(error.message, "No room.");
});

holds("Without an error the connection is open", async () => {
  assert.equal(await client.getOrCreate("picky", fresh(), { params: {} }).connect().ping(), "pong");
});

holds("Errors of actions keep their metadata on a connection", async () => {
  const error = await refusedWith("user.closed", client.getOrCreate("thrower", fresh()).connect().userError());
  assert.equal(error.message, "The shop is closed.");
  assert.deepEqual(error.metadata, { opens: 9, days: ["Mon", "Tue"] });
});
