// The measured window: latencies, errors, CPU. What ends inside the window is counted.
import { setTimeout as sleep } from "node:timers/promises";
import { ProcessGroups, cpuPercent } from "./processes.mjs";

const BACK_OFF_AFTER = 20; // failures in a row before a loop slows down
const BACK_OFF_MS = 200;
const DRAIN_MS = 3_000;

export class Meter {
  constructor(options) {
    this.options = options;
    this.groups = new ProcessGroups(options.groups);
    this.latencies = [];
    this.errors = 0;
    this.errorKinds = new Map();
    this.open = false;
  }

  /** Runs every function again and again: warm-up first, then the window, then what is in flight. */
  async loop(functions) {
    let running = true;
    const workers = functions.map(async (run) => {
      let failures = 0;
      while (running) {
        failures = (await this.time(run)) ? 0 : failures + 1;
        if (failures > BACK_OFF_AFTER) await sleep(BACK_OFF_MS);
      }
    });
    await sleep(this.options.warmup * 1000);
    this.start();
    await sleep(this.options.seconds * 1000);
    this.stop();
    running = false;
    await Promise.race([Promise.all(workers), sleep(DRAIN_MS)]);
  }

  /** Runs `run` once and notes its latency or its error. @returns whether it succeeded */
  async time(run) {
    const began = performance.now();
    try {
      await run();
      if (this.open) this.latencies.push(performance.now() - began);
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  fail(error) {
    this.errors += 1; // warm-up included: an error there is an error
    const kind = String(error.message).slice(0, 120);
    this.errorKinds.set(kind, (this.errorKinds.get(kind) ?? 0) + 1);
  }

  start() {
    this.open = true;
    this.began = performance.now();
    this.cpuBefore = this.groups.cpu();
  }

  stop() {
    this.open = false;
    this.seconds = (performance.now() - this.began) / 1000;
    this.cpu = cpuPercent(this.cpuBefore, this.groups.cpu(), this.seconds);
    this.rss = this.groups.rss();
  }

  /** Times in ms, `rate` per second, CPU in percent of one core, RSS in MiB. */
  report() {
    return {
      scenario: this.options.scenario,
      seconds: round(this.seconds),
      count: this.latencies.length,
      rate: round(this.latencies.length / this.seconds),
      ...percentiles(this.latencies),
      errors: this.errors,
      error_kinds: Object.fromEntries([...this.errorKinds].slice(0, 5)),
      cpu_percent: this.cpu,
      rss_mib: this.rss,
    };
  }
}

export function percentiles(values, prefix = "") {
  const sorted = Float64Array.from(values).sort();
  const at = (share) => (sorted.length ? round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]) : null);
  return { [`${prefix}p50`]: at(0.5), [`${prefix}p95`]: at(0.95), [`${prefix}p99`]: at(0.99), [`${prefix}max`]: at(1) };
}

export const round = (value) => Math.round(value * 1000) / 1000;
