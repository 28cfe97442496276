// Actors that are due: how late each is, told by the actor itself, with the clock of the machine that both run on.
import { setTimeout as sleep } from "node:timers/promises";
import { many } from "./batches.mjs";
import { HttpDoor } from "./http.mjs";
import { Meter } from "./meter.mjs";

const LEAD_MS = 8_000; // until the first is due: time for all to fall asleep
const PATIENCE_MS = 60_000;

/** `actors` actors of `kind`, due within `within` ms. The latencies reported are latenesses. */
async function alarms(options, { kind, many: all, within }) {
  const { concurrency = 16, actors = all, prefix } = options;
  const meter = new Meter(options);
  const door = new HttpDoor(options, concurrency);
  const first = Date.now() + LEAD_MS;
  let next = 0;
  const remind = async () => {
    while (next < actors) {
      const index = next++;
      const due = first + (index * within) / actors;
      await door.action(kind, `${prefix}-${index}`, "remind", due)();
    }
  };
  await Promise.all(many(concurrency, remind));
  await sleep(first - Date.now());
  meter.start();
  const fired = await latenesses(door, options, { kind, actors, first });
  meter.stop();
  meter.latencies = fired.map(({ due, at }) => at - due);
  meter.seconds = (Math.max(...fired.map(({ at }) => at)) - first) / 1000;
  return meter.report();
}

/** What every actor says, once the last is done. Raises if one never fires. */
async function latenesses(door, options, { kind, actors, first }) {
  const { concurrency = 16, prefix } = options;
  // Asking would wake them: nobody asks before all are due, and have had a moment.
  await sleep(Math.max(0, first + 3_000 - Date.now()));
  const found = [];
  let next = 0;
  const ask = async () => {
    while (next < actors) {
      const index = next++;
      const post = door.action(kind, `${prefix}-${index}`, "fired");
      let said = await post();
      while (said === null && Date.now() < first + PATIENCE_MS) {
        await sleep(100);
        said = await post();
      }
      if (said === null) throw new Error("an alarm did not fire");
      found.push({ due: said[0], at: said[1] });
    }
  };
  await Promise.all(many(concurrency, ask));
  return found;
}

export const ALARMS = {
  alarm_awake: (options) => alarms(options, { kind: "watchful", many: 200, within: 1_000 }),
  alarm_asleep: (options) => alarms(options, { kind: "drowsy", many: 200, within: 1_000 }),
  alarm_burst: (options) => alarms(options, { kind: "drowsy", many: 1_000, within: 1 }),
};
