// CPU seconds and resident memory of named process trees, read from /proc (Linux only).
import { readFileSync, readdirSync } from "node:fs";

const TICKS_PER_SECOND = 100; // USER_HZ: 100 on every Linux that Node runs on

/** `groups`: {name: [root pids]}. A tree ends where the root of another group begins. */
export class ProcessGroups {
  constructor(groups) {
    this.groups = Object.entries(groups);
    this.roots = new Set(Object.values(groups).flat());
  }

  /** @returns {name: Map(pid -> CPU seconds since its start)} plus this process as "loadgen" and all of the machine */
  cpu() {
    const seconds = (pids) => new Map(pids.map((pid) => [pid, cpuSeconds(pid)]));
    return {
      ...Object.fromEntries(this.groups.map(([name, roots]) => [name, seconds(this.#pids(roots))])),
      loadgen: seconds([process.pid]),
      machine: new Map([[0, machineSeconds()]]),
    };
  }

  /** @returns {name: MiB} */
  rss() {
    const sum = (roots) => this.#pids(roots).reduce((total, pid) => total + rssKib(pid), 0);
    return Object.fromEntries(this.groups.map(([name, roots]) => [name, Math.round(sum(roots) / 1024)]));
  }

  #pids(roots) {
    return roots.flatMap((root) => [root, ...this.#descendants(root)]);
  }

  #descendants(pid) {
    const own = children(pid).filter((child) => !this.roots.has(child));
    return own.flatMap((child) => [child, ...this.#descendants(child)]);
  }
}

/** Percent of one core used by each group between two `cpu()` samples; a process born in between counts from zero. */
export function cpuPercent(before, after, seconds) {
  const used = (name) => [...after[name]].reduce((sum, [pid, end]) => sum + end - (before[name].get(pid) ?? 0), 0);
  return Object.fromEntries(Object.keys(after).map((name) => [name, Math.round((used(name) / seconds) * 100)]));
}

function children(pid) {
  const threads = ignoringGone(() => readdirSync(`/proc/${pid}/task`), []);
  return threads.flatMap((thread) =>
    ignoringGone(() => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"), "").split(" ").filter(Boolean).map(Number),
  );
}

function cpuSeconds(pid) {
  const stat = ignoringGone(() => readFileSync(`/proc/${pid}/stat`, "utf8"), "");
  if (!stat) return 0;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Busy CPU seconds of all cores since boot: tells how much others disturbed a measurement. */
function machineSeconds() {
  const [user, nice, system, , , irq, softirq] = readFileSync("/proc/stat", "utf8").split("\n")[0].split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}

function rssKib(pid) {
  const status = ignoringGone(() => readFileSync(`/proc/${pid}/status`, "utf8"), "");
  return Number(status.match(/VmRSS:\s+(\d+)/)?.[1] ?? 0);
}

/** Processes end while we look at them. */
function ignoringGone(read, otherwise) {
  try {
    return read();
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return otherwise;
    throw error;
  }
}
