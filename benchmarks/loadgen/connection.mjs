// One actor connection over a websocket: Init, numbered calls, subscriptions, events.
import WebSocket from "ws";
import { SUBPROTOCOLS, actionFrame, actorPath, callId, parseFrame, subscriptionFrame } from "./wire.mjs";

export class Connection {
  constructor() {
    this.nextId = 0;
    this.waiting = new Map(); // call id -> {resolve, reject}
    this.onEvent = null; // (name, args) => void
    this.failure = null; // set once, when the socket is gone
  }

  /** Opens the socket and waits for the server's Init. */
  static open(options, name, key) {
    const connection = new Connection();
    const url = options.endpoint.replace(/^http/, "ws") + actorPath(options, name, key, "/connect");
    connection.socket = new WebSocket(url, SUBPROTOCOLS, { perMessageDeflate: false, skipUTF8Validation: true });
    return new Promise((resolve, reject) => {
      connection.ready = { resolve: () => resolve(connection), reject };
      connection.socket.on("message", (data) => connection.#receive(parseFrame(data)));
      connection.socket.on("error", (error) => connection.#fail(error));
      connection.socket.on("close", (code, reason) => connection.#fail(new Error(`closed ${code} ${reason}`)));
    });
  }

  /** `argsJson` is encoded by the caller, once for all its calls. */
  call(name, argsJson) {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.nextId++;
    this.socket.send(actionFrame(id, name, argsJson));
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  subscribe(eventName) {
    this.socket.send(subscriptionFrame(eventName));
  }

  close() {
    this.socket.terminate();
  }

  #receive({ tag, val }) {
    if (tag === "ActionResponse") this.#settle(callId(val.id))?.resolve(val.output);
    else if (tag === "Event") this.onEvent?.(val.name, val.args);
    else if (tag === "Init") this.ready.resolve();
    else if (tag === "Error") this.#refuse(callId(val.actionId), new Error(`${val.group}.${val.code}: ${val.message}`));
  }

  #settle(id) {
    const waiter = this.waiting.get(id);
    this.waiting.delete(id);
    return waiter;
  }

  #refuse(id, error) {
    if (id === null) this.#fail(error);
    else this.#settle(id)?.reject(error);
  }

  #fail(error) {
    this.failure ??= error;
    this.ready.reject(error);
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
