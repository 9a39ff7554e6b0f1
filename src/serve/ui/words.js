// A scenario in words.

import { fill, h } from "./elements.js";

/** Shows the chapters of an explanation. */
export function explain(view, scenario) {
  fill(
    view,
    scenario.words.map((chapter) =>
      h("section", { class: "chapter" },
        h("h3", {}, chapter.title),
        chapter.touchpoints && touchpoints(chapter.touchpoints),
        chapter.sentences.map((sentence) => h("p", {}, sentence)))),
    scenario.notes.length > 0 && h("section", { class: "chapter" },
      h("h3", {}, "Worth knowing"),
      scenario.notes.map((note) => h("p", {}, `${note.message}; ${note.help}`))));
}

function touchpoints(rows) {
  const row = ({ what, when, who, by }) =>
    h("tr", {}, h("th", { scope: "row" }, what), h("td", {}, when), h("td", {}, who), h("td", {}, by));
  const heads = ["What", "When", "For whom", "By whom"];
  return h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Touchpoints" },
    h("table", {}, h("caption", { class: "unseen" }, "Touchpoints in force"),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map(row))));
}
