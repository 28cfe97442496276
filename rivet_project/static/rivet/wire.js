/**
 * Values as they stand in the JSON encoding of the actor protocol.
 *
 * JSON has no big integers, bytes or sets: they travel as two-element arrays such as ["$BigInt", "5"]. A plain
 * array that happens to look like one gets one more "$" in front. Source: RivetKit, ts/common/encoding.ts.
 */

const looksTagged = (value) =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && value[0].startsWith("$");

export function stringify(message) {
  return JSON.stringify(message, (_, value) => {
    if (typeof value === "bigint") return ["$BigInt", value.toString()];
    if (value instanceof Uint8Array) return ["$Uint8Array", base64(value)];
    if (value instanceof ArrayBuffer) return ["$ArrayBuffer", base64(new Uint8Array(value))];
    if (value instanceof Set) return ["$Set", [...value]];
    return looksTagged(value) ? [`$${value[0]}`, value[1]] : value;
  });
}

export function parse(text) {
  return JSON.parse(text, (_, value) => (looksTagged(value) ? revive(value[0], value[1]) : value));
}

function revive(tag, content) {
  switch (tag) {
    case "$BigInt":
      return BigInt(content);
    case "$Uint8Array":
      return bytes(content);
    case "$ArrayBuffer":
      return bytes(content).buffer;
    case "$Set":
      return new Set(content);
    case "$Undefined":
      return undefined;
  }
  if (tag.startsWith("$$")) return [tag.slice(1), content];
  throw new TypeError(`The server sent a value of an unknown kind: ${tag}`);
}

const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const base64 = (array) => btoa(Array.from(array, (byte) => String.fromCharCode(byte)).join(""));
