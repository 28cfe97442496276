import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { differs, holds } from "./behaviours.mjs";

const namesake = (key = fresh()) => client.getOrCreate("namesake", key);

holds("An actor knows its name", async () => {
  assert.equal((await namesake().who()).name, "namesake");
});

holds("The name is known while it wakes", async () => {
  assert.equal((await namesake().who()).woke_as, "namesake");
});

holds("An actor knows its key", async () => {
  const key = [...fresh(), "second part"];
  assert.deepEqual((await namesake(key).who()).key, key);
});

holds("What an actor keeps about itself can be read as a whole and by name", async () => {
  const actor = namesake();
  assert.deepEqual(await actor.tag({ env: "test", purpose: "suites" }), { env: "test", purpose: "suites" });
  assert.equal(await actor.tagged("env"), "test");
  assert.equal(await actor.tagged("missing"), null);
});

differs("An actor knows its region", async () => {
  assert.equal("region" in (await namesake().who()), false);
});
