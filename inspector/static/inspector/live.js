/**
 * Keeps the page's region as the server has it: by a websocket, or by asking every two seconds where there is none.
 *
 * The server sends the region whole when it has changed, and no oftener than it can be drawn. A hidden page and a
 * paused one keep no line open.
 */

import { look } from "./http.js";
import { morph } from "./morph.js";

const POLL = 2000;
const LONGEST_PAUSE = 10_000;
const TRIES_BEFORE_POLLING = 2;
const REFUSED = 4403;
const texts = {
  connecting: "Connecting",
  live: "Live",
  polling: "Live, every 2 s",
  paused: "Paused",
  reconnecting: "Reconnecting",
  refused: "Logged out: reload",
};

export class Live {
  constructor(region, badge) {
    this.region = region;
    this.badge = badge;
    this.paused = false;
    this.failures = 0;
    badge.addEventListener("click", () => this.toggle());
    document.addEventListener("visibilitychange", () => this.follow());
    addEventListener("online", () => this.follow());
    this.follow();
  }

  toggle() {
    this.paused = !this.paused;
    this.follow();
  }

  /** Open or close the line, as the page is to be live or not. */
  follow() {
    this.cut();
    if (this.paused || document.hidden) {
      this.tell("paused");
    } else {
      this.tell(this.failures ? "reconnecting" : "connecting");
      this.open();
    }
  }

  cut() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    // Closed before it is open, a socket complains in the console.
    if (socket?.readyState === WebSocket.CONNECTING) socket.addEventListener("open", () => socket.close());
    else socket?.close();
  }

  open() {
    const url = new URL(document.body.dataset.liveAt, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("path", location.pathname + location.search);
    const socket = (this.socket = new WebSocket(url));
    socket.addEventListener("message", ({ data }) => {
      if (socket !== this.socket) return;
      this.failures = 0;
      this.tell("live");
      this.show(JSON.parse(data));
      // The server sends no more before it hears this.
      requestAnimationFrame(() => socket.readyState === WebSocket.OPEN && socket.send("drawn"));
    });
    socket.addEventListener("close", ({ code }) => {
      if (socket !== this.socket) return;
      if (code === REFUSED) this.tell("refused");
      else this.lost();
    });
  }

  lost() {
    this.failures += 1;
    if (this.failures > TRIES_BEFORE_POLLING) {
      this.poll();
      return;
    }
    this.tell("reconnecting");
    this.timer = setTimeout(() => this.open(), Math.min(500 * 2 ** this.failures, LONGEST_PAUSE));
  }

  /** Ask; every fifth time try the websocket again. */
  async poll() {
    try {
      const answer = await look(location.href);
      this.show({ html: await answer.text() });
      this.tell("polling");
    } catch (refusal) {
      this.tell("reconnecting");
      if (refusal.code !== "offline") this.show({ error: refusal });
    }
    if (this.paused || document.hidden) return;
    this.failures += 1;
    this.timer = setTimeout(() => (this.failures % 5 ? this.poll() : this.open()), POLL);
  }

  /** Look at once: something was done here. */
  async refresh() {
    const answer = await look(location.href);
    this.show({ html: await answer.text() });
  }

  show(message) {
    if (message.error) {
      this.badge.title = message.error.text ?? `${message.error.message} ${message.error.hint}`;
      this.tell("reconnecting");
      return;
    }
    const fresh = this.region.cloneNode(false);
    fresh.innerHTML = message.html;
    const incoming = new CustomEvent("inspector:incoming", { detail: fresh, cancelable: true });
    if (!document.dispatchEvent(incoming)) return;
    this.draw(fresh);
  }

  draw(fresh) {
    morph(this.region, fresh);
    document.dispatchEvent(new CustomEvent("inspector:drawn"));
  }

  tell(state) {
    if (this.badge.dataset.live === state) return;
    this.badge.dataset.live = state;
    this.badge.querySelector("[data-live-text]").textContent = texts[state];
    this.badge.setAttribute("aria-label", `${texts[state]}. ${this.paused ? "Go on" : "Pause"}`);
  }
}
