// All behaviours of one suite, SUITE, at the same time; without it the list of what each suite has.

import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { listed, showAll } from "../suites/behaviours.mjs";
import { report } from "./common.mjs";

const folder = new URL("../suites/", import.meta.url);
const load = (suite) => import(new URL(`${suite}.mjs`, folder));

async function listAll() {
  const suites = {};
  for (const file of (await readdir(folder)).sort()) {
    if (file === "behaviours.mjs") continue;
    const suite = basename(file, ".mjs");
    await load(suite);
    suites[suite] = listed();
  }
  return suites;
}

if (process.env.SUITE) await load(process.env.SUITE);
report(await (process.env.SUITE ? showAll() : listAll()));
