/**
 * A browser's live connection to one actor: call its actions, hear its events, survive a broken line.
 *
 *     const counter = new ActorConnection("counter", ["main"]);
 *     counter.on("newCount", (count) => show(count));
 *     counter.onStatus((status) => ...);          // {state: "live" | "connecting" | "waiting" | "refused" | "closed", ...}
 *     await counter.call("increment", 5);
 *
 * It speaks the actor-connect websocket in its JSON encoding, as every RivetKit client does. Calls are never repeated by
 * themselves: one that was under way when the line broke is rejected, because nobody can know whether it was done.
 */

import { parse, stringify } from "./wire.js";

const FIRST_DELAY = 250;
const LONGEST_DELAY = 15_000;
const ANSWER_TIMEOUT = 60_000;

/** Reasons for which a connection that never opened is worth another try. Source: RivetKit, ts/client/actor-conn.ts. */
const TEMPORARY =
  /^(actor\.(not_found|starting|stopping|stopped|restarting|not_configured|dropped_reply|overloaded|destroyed_\w+)|ws\.going_away|guard\.(service_unavailable|actor_\w+|tunnel_\w+|gateway_response_start_timeout))\b/;

export class ActorError extends Error {
  constructor({ group, code, message, metadata }) {
    super(message);
    this.name = "ActorError";
    Object.assign(this, { group, code, metadata });
  }

  /** Whether a socket that was closed with this reason before it had opened is worth another try. */
  static isTemporary(reason) {
    return !reason || TEMPORARY.test(reason);
  }

  static ofReason(reason) {
    const [group, code] = reason.split("#")[0].split(".");
    return new ActorError({ group, code, message: reason });
  }
}

/** Half of the delay is random: after a restart, a thousand pages must not return in the same instant. */
export const retryDelay = (failures) =>
  Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures) * (0.5 + Math.random() / 2);

export class ActorConnection {
  status = { state: "connecting" };
  #address;
  #protocols;
  #socket = null;
  #nextId = 0n;
  #calls = new Map();
  #listeners = new Map();
  #watchers = new Set();
  #failures = 0;
  #retryTimer = 0;
  #refusal = null;

  /** `key` is a list of texts. The actor is made if it does not exist yet. `params` reach its `on_connect`. */
  constructor(name, key, { params, endpoint = location.origin, namespace = "default" } = {}) {
    this.#address = gatewayAddress(name, key, "connect", endpoint, namespace);
    this.#protocols = ["rivet", "rivet_encoding.json"];
    if (params) this.#protocols.push(`rivet_conn_params.${encodeURIComponent(JSON.stringify(params))}`);
    addEventListener("online", this.retryNow);
    this.#open();
  }

  /** The action's answer. Rejects at once while the line is down: the caller decides what is still wanted later. */
  call(action, ...args) {
    if (this.status.state !== "live") {
      return Promise.reject(clientError("not_connected", "Not connected. Nothing was sent."));
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // A line can die without a word (a laptop moves to another network): silence counts as broken.
      const timer = setTimeout(() => this.#socket.close(4000, "no answer"), ANSWER_TIMEOUT);
      this.#calls.set(id, { resolve, reject, timer });
      this.#send("ActionRequest", { id, name: action, args });
    });
  }

  /** Calls `listener(...args)` for each event `name`, also after reconnects. Returns what ends that. */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    if (listeners.size === 0) this.#subscribe(name, true);
    this.#listeners.set(name, listeners.add(listener));
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return;
      this.#listeners.delete(name);
      this.#subscribe(name, false);
    };
  }

  /** Calls `watcher(status)` now and at each change. */
  onStatus(watcher) {
    this.#watchers.add(watcher);
    watcher(this.status);
  }

  retryNow = () => {
    if (this.status.state === "waiting") this.#open();
  };

  close() {
    removeEventListener("online", this.retryNow);
    clearTimeout(this.#retryTimer);
    this.#become({ state: "closed" });
    this.#socket?.close(1000, "closed by the page");
  }

  #open() {
    clearTimeout(this.#retryTimer);
    this.#refusal = null;
    this.#become({ state: "connecting" });
    const socket = new WebSocket(this.#address, this.#protocols);
    socket.addEventListener("message", ({ data }) => this.#receive(parse(data).body));
    socket.addEventListener("close", (event) => this.#dropped(event));
    this.#socket = socket;
  }

  #receive({ tag, val }) {
    switch (tag) {
      case "Init":
        return this.#opened(val);
      case "ActionResponse":
        return this.#settle(val.id, ({ resolve }) => resolve(val.output));
      case "Event":
        for (const listener of this.#listeners.get(val.name) ?? []) listener(...val.args);
        return;
      case "Error":
        if (val.actionId === null) this.#refusal = new ActorError(val);
        else this.#settle(val.actionId, ({ reject }) => reject(new ActorError(val)));
    }
  }

  #opened({ actorId, connectionId }) {
    this.#failures = 0;
    // Live first, so that watchers may call; but subscriptions leave before anything that a watcher sends.
    this.status = { state: "live", actorId, connectionId };
    for (const name of this.#listeners.keys()) this.#subscribe(name, true);
    this.#become(this.status);
  }

  #dropped({ reason }) {
    const opened = this.status.state === "live";
    const lost = clientError("connection_lost", "The line broke before the answer came. It may or may not have been done.");
    for (const id of [...this.#calls.keys()]) this.#settle(id, ({ reject }) => reject(this.#refusal ?? lost));
    if (this.status.state === "closed") return;
    if (!opened && !ActorError.isTemporary(reason)) {
      return this.#become({ state: "refused", error: this.#refusal ?? ActorError.ofReason(reason) });
    }
    const delay = retryDelay(this.#failures++);
    this.#retryTimer = setTimeout(() => this.#open(), delay);
    this.#become({ state: "waiting", retryAt: Date.now() + delay });
  }

  #settle(id, how) {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    clearTimeout(call.timer);
    how(call);
  }

  #subscribe(eventName, subscribe) {
    if (this.status.state === "live") this.#send("SubscriptionRequest", { eventName, subscribe });
  }

  #send(tag, val) {
    this.#socket.send(stringify({ body: { tag, val } }));
  }

  #become(status) {
    this.status = status;
    for (const watcher of this.#watchers) watcher(status);
  }
}

/** Where a websocket to that actor leads; `door` is `connect` or `websocket`, with a path behind it. */
export function gatewayAddress(name, key, door, endpoint, namespace) {
  const query = new URLSearchParams({
    "rvt-namespace": namespace,
    "rvt-method": "getOrCreate",
    "rvt-runner": "default",
    "rvt-key": key.join(","),
    "rvt-crash-policy": "sleep",
  });
  return `${endpoint.replace(/^http/, "ws")}/gateway/${encodeURIComponent(name)}/${door}?${query}`;
}

const clientError = (code, message) => new ActorError({ group: "client", code, message });
