// The pages' own module for values, on texts of the official one: read and written again, each must be the same text.

import { parse, stringify } from "../../../rivet_project/static/rivet/wire.js";
import { report } from "./common.mjs";

const again = (text) => {
  try {
    return stringify(parse(text));
  } catch ({ name }) {
    return { throws: name };
  }
};
report(JSON.parse(process.env.TEXTS).map(again));
