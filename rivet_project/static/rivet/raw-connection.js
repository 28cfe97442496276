/**
 * A browser's raw websocket to one actor, which comes back by itself when the line breaks.
 *
 *     const line = new RawConnection("webhookBin", ["main"]);
 *     line.onMessage((data) => ...);              // text, or an ArrayBuffer
 *     line.onStatus((status) => ...);             // as that of an ActorConnection
 *     line.send("clear");
 *
 * What is sent while the line is down is lost: the actor begins anew with each socket, and so should the page.
 */

import { ActorError, gatewayAddress, retryDelay } from "./actor-client.js";

export class RawConnection {
  status = { state: "connecting" };
  #address;
  #socket = null;
  #failures = 0;
  #retryTimer = 0;
  #listeners = new Set();
  #watchers = new Set();

  constructor(name, key, { path = "", endpoint = location.origin, namespace = "default" } = {}) {
    this.#address = gatewayAddress(name, key, `websocket${path}`, endpoint, namespace);
    addEventListener("online", this.retryNow);
    this.#open();
  }

  onMessage(listener) {
    this.#listeners.add(listener);
  }

  /** Calls `watcher(status)` now and at each change. */
  onStatus(watcher) {
    this.#watchers.add(watcher);
    watcher(this.status);
  }

  send(data) {
    if (this.status.state === "live") this.#socket.send(data);
  }

  retryNow = () => {
    if (this.status.state === "waiting") this.#open();
  };

  #open() {
    clearTimeout(this.#retryTimer);
    this.#become({ state: "connecting" });
    const socket = new WebSocket(this.#address, ["rivet"]);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    socket.addEventListener("close", ({ code, reason }) => this.#dropped(code, reason));
    this.#socket = socket;
  }

  /** Only a word of the actor says that it has let us in: refusals come after the socket has opened. */
  #receive(data) {
    this.#failures = 0;
    if (this.status.state !== "live") this.#become({ state: "live" });
    for (const listener of this.#listeners) listener(data);
  }

  #dropped(code, reason) {
    const refused = this.status.state === "connecting" && [1008, 1011].includes(code) && !ActorError.isTemporary(reason);
    if (refused) return this.#become({ state: "refused", error: ActorError.ofReason(reason) });
    const delay = retryDelay(this.#failures++);
    this.#retryTimer = setTimeout(() => this.#open(), delay);
    this.#become({ state: "waiting", retryAt: Date.now() + delay });
  }

  #become(status) {
    this.status = status;
    for (const watcher of this.#watchers) watcher(status);
  }
}
