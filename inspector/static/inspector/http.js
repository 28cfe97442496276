/** Requests of the page to its own site: `post(url, body)` for deeds, `look(url)` for what is read, `download(url)`. */

export class Refusal extends Error {
  constructor(name, message, hint) {
    super(message);
    this.code = name;
    this.hint = hint;
  }

  /** Code, message and what to do about it, each on a line. */
  get text() {
    return [this.message, this.hint, this.code].filter(Boolean).join("\n");
  }
}

export async function post(url, body = {}) {
  return (await send(url, body)).json();
}

/** A file that a deed makes, under the name that it gives. */
export async function download(url) {
  const answer = await send(url, {});
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = nameIn(answer.headers.get("Content-Disposition"));
  link.click();
  URL.revokeObjectURL(link.href);
}

/** As Django writes it: quoted, or percent-encoded where it is not ASCII. */
function nameIn(disposition) {
  const encoded = disposition.match(/filename\*=utf-8''(.*)/i);
  return encoded ? decodeURIComponent(encoded[1]) : disposition.match(/filename="(.*)"/)[1].replaceAll(/\\(.)/g, "$1");
}

function send(url, body) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": document.body.dataset.csrf, "X-Inspector": "1" };
  return reach(url, { method: "POST", headers, body: JSON.stringify(body) });
}

export async function look(url) {
  return reach(url, { headers: { "X-Inspector": "1" } });
}

async function reach(url, options) {
  let answer;
  try {
    answer = await fetch(url, { ...options, redirect: "error" });
  } catch {
    throw new Refusal("offline", "The server cannot be reached.", "Check the network; the page goes on trying.");
  }
  if (answer.ok) return answer;
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  if (!isJson) throw new Refusal(`http.${answer.status}`, "The server refused this.", "Reload the page and log in again.");
  throw refusalOf(await answer.json());
}

/** What the server has told of an error. */
export function refusalOf({ group, code, message, hint }) {
  return new Refusal(`${group}.${code}`, message, hint);
}
