/** The arguments of an action as fields. Whatever is filled in is written as the JSON list that the call sends. */

/** Fields for `specs` into `box`; `write` gets the list whenever one changes. */
export function showFields(box, specs, write) {
  const fields = specs.map(fieldOf);
  box.hidden = fields.length === 0;
  box.replaceChildren(...fields.map(({ label }) => label));
  box.oninput = () => write(listOf(fields));
}

function fieldOf(spec) {
  const label = document.createElement("label");
  const input = inputs[spec.kind]?.(spec) ?? jsonInput(spec);
  const note = spec.rest ? " (a list of those that follow)" : spec.required ? "" : " (may stay)";
  label.append(`${spec.name}${note} `, input);
  let touched = spec.required;
  input.addEventListener("input", () => (touched = true));
  return { label, spec, given: () => touched, read: () => readers[spec.kind]?.(input) ?? (input.value || "null") };
}

const inputs = {
  integer: (spec) => numberInput(spec, "1"),
  number: (spec) => numberInput(spec, "any"),
  boolean: ({ value }) => Object.assign(document.createElement("input"), { type: "checkbox", checked: value === "true" }),
  text: ({ value }) => Object.assign(document.createElement("input"), { className: "field", type: "text", value: JSON.parse(value) }),
  choice: ({ value, choices }) => {
    const select = Object.assign(document.createElement("select"), { className: "field" });
    select.append(...choices.map((choice) => new Option(nameOf(choice), choice, false, choice === value)));
    return select;
  },
};

const readers = {
  boolean: (input) => String(input.checked),
  text: (input) => JSON.stringify(input.value),
  integer: (input) => input.value || "0",
  number: (input) => input.value || "0",
};

function numberInput({ value }, step) {
  return Object.assign(document.createElement("input"), { className: "field", type: "number", step, value });
}

function jsonInput({ value }) {
  return Object.assign(document.createElement("input"), { className: "field mono", type: "text", value, spellcheck: false });
}

function nameOf(choice) {
  const value = JSON.parse(choice);
  return typeof value === "string" ? value : choice;
}

/** Up to the last one that was given; what follows keeps its default. */
function listOf(fields) {
  const last = fields.findLastIndex((field) => field.given());
  const parts = fields.slice(0, last + 1).map((field) => {
    const text = field.read();
    return field.spec.rest ? text.trim().replace(/^\[|\]$/g, "").trim() : text;
  });
  return `[${parts.filter(Boolean).join(", ")}]`;
}
