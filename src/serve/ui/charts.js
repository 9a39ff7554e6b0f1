// The charts of a finished run, drawn by Vega without evaluating text as code.

import * as api from "./api.js";
import { fill, h } from "./elements.js";

const SCRIPTS = ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"];
let loading = null;

/** Loads the drawing scripts once, in their order. */
function load() {
  loading ??= SCRIPTS.reduce((before, name) => before.then(() => new Promise((done, failed) => {
    document.head.append(h("script", { src: `/ui/${name}`, onload: done, onerror: failed }));
  })), Promise.resolve());
  return loading;
}

let drawn = [];

/** Shows the charts of a run. */
export async function showCharts(view, run) {
  for (const chart of drawn) chart.finalize();
  drawn = [];
  if (!run || !run.has_results) {
    fill(view, h("p", { class: "empty" }, "The charts of a full run are shown here once it is over."));
    return;
  }
  const [{ families, config }] = await Promise.all([api.charts(run.run), load()]);
  fill(view, families.map(section));
  for (const [at, chart] of families.flatMap((family) => family.charts).entries()) {
    const place = view.querySelectorAll(".drawing")[at];
    if (!place) return;
    const options = { ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: false, config };
    drawn.push(await window.vegaEmbed(place, chart.spec, options));
    name(place.querySelector("svg"), chart);
  }
}

/** Makes a drawing one picture with a name: its marks have none, and its numbers stand in a table. */
function name(svg, { finding, note }) {
  for (const part of svg.querySelectorAll("[role], [aria-roledescription], [aria-label]")) {
    for (const attribute of ["role", "aria-roledescription", "aria-label"]) part.removeAttribute(attribute);
  }
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${finding} ${note}`);
}

/** The charts of a family; a note that all of them share is said once. */
function section({ title, lead, charts }) {
  const shared = charts.every(({ note }) => note === charts[0].note);
  return h("section", { class: "family" },
    h("h3", {}, title), h("p", { class: "hint" }, shared ? `${lead} ${charts[0].note}` : lead),
    h("div", { class: "charts" }, charts.map((chart) => figure(chart, !shared))));
}

function figure({ finding, note, table }, hasNote) {
  return h("figure", {},
    h("figcaption", {}, h("strong", {}, finding), hasNote && h("span", { class: "hint" }, note)),
    h("div", { class: "drawing" }),
    h("details", {}, h("summary", {}, "The numbers"),
      h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": `Numbers: ${finding}` },
        h("table", {}, h("caption", { class: "unseen" }, finding),
          h("thead", {}, h("tr", {}, table.columns.map((column) => h("th", { scope: "col" }, column)))),
          h("tbody", {}, table.rows.map(([first, ...rest]) =>
            h("tr", {}, h("th", { scope: "row" }, first), rest.map((cell) => h("td", {}, cell)))))))));
}
