import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { differs, holds } from "./behaviours.mjs";

const written = { size: 42, inner: { word: "as written", numbers: [1, 2, 3] } };

holds("Constant vars are there from the first call on", async () => {
  assert.deepEqual(await client.getOrCreate("fixed", fresh()).look(), written);
});

holds("Each actor has a deep copy of constant vars", async () => {
  const changed = await client.getOrCreate("fixed", fresh()).change();
  assert.deepEqual(changed.inner, { word: "changed", numbers: [1, 2, 3, 4] });
  assert.deepEqual(await client.getOrCreate("fixed", fresh()).look(), written);
});

holds("`create_vars` computes vars, and may look at the actor", async () => {
  const key = fresh();
  const vars = await client.getOrCreate("made", key).look();
  assert.equal(vars.of, key[0]);
  assert.equal(typeof vars.serial, "number");
});

holds("`create_vars` runs for each actor", async () => {
  const [one, other] = await Promise.all([fresh(), fresh()].map((key) => client.getOrCreate("made", key).look()));
  assert.notEqual(one.serial, other.serial);
});

differs("`create_vars` is given the driver's context", async () => {
  assert.deepEqual(Object.keys(await client.getOrCreate("made", fresh()).look()), ["serial", "of"]);
});
