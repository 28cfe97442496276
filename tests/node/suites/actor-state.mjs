import { strict as assert } from "node:assert";
import { client, fresh } from "../drivers/common.mjs";
import { holds } from "./behaviours.mjs";

holds("A second handle of the same key goes on where the first stopped", async () => {
  const key = fresh();
  assert.equal(await client.getOrCreate("counter", key).increment(5), 5);
  assert.equal(await client.getOrCreate("counter", key).increment(3), 8);
});

holds("State outlives the connection that changed it", async () => {
  const key = fresh();
  const connection = client.getOrCreate("counter", key).connect();
  await connection.increment(5);
  await connection.dispose();
  const again = client.getOrCreate("counter", key).connect();
  assert.equal(await again.getCount(), 5);
  await again.dispose();
});

holds("Each key has a state of its own", async () => {
  const [one, other] = [fresh(), fresh()].map((key) => client.getOrCreate("counter", key));
  await one.increment(5);
  await other.increment(10);
  assert.deepEqual([await one.getCount(), await other.getCount()], [5, 10]);
});
