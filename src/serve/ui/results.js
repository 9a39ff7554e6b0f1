// The means of a run while it goes on and when it is over: one card a metric, one line a way.

import { at, counted, fill, h, s } from "./elements.js";
import { isOver } from "./api.js";

/** Shows how far a run is. */
export function showProgress(progress) {
  const { done, target, state, rough } = progress;
  const meter = at("meter");
  meter.hidden = isOver(progress);
  meter.max = target;
  meter.value = done;
  const of = `${done.toLocaleString("en")} of ${counted(target, "replication")}`;
  const words = {
    waiting: "Waiting for its turn.",
    running: rough ? `Rough so far: ${of}.` : `Running: ${of}.`,
    finished: rough ? `Rough answer from only ${counted(done, "replication")}: press Run for the full one.`
      : `Finished: ${counted(done, "replication")}.`,
    stopped: done > 0 ? `Stopped: ${of} are finished, and they are shown.` : "Stopped before the first replication was finished.",
    failed: `It could not go on: ${progress.failure}`,
  };
  const text = words[state];
  if (at("status").textContent !== text) at("status").textContent = text;
}

/** The widest interval seen of each metric while a run goes on, so that a narrowing one is seen to narrow. */
let widest = new Map();
let shownRun = null;

/** Shows the means of a run. */
export function showMeans(view, progress) {
  // An interval of very few replications is so wide that all later ones would look like points.
  if (progress.run !== shownRun || progress.done < 8 || isOver(progress)) {
    widest = new Map();
    shownRun = progress.run;
  }
  if (progress.headline.length === 0) {
    if (isOver(progress)) fill(view, h("p", { class: "empty" }, "Nothing was measured."));
    return;
  }
  fill(view,
    progress.rough && h("p", { class: "note" },
      "This is a rough answer from a few replications. Its intervals are honest but wide, and the means will still move."),
    progress.answers.length > 0 && h("ul", { class: "answers" }, progress.answers.map((answer) => h("li", {}, answer))),
    h("div", { class: "cards" }, progress.headline.map((row) => card(row, progress.confidence))));
}

function card(row, confidence) {
  const ends = row.ways.flatMap(({ mean, ci_low: low, ci_high: high }) => [low ?? mean, high ?? mean])
    .filter((value) => value !== null);
  const before = widest.get(row.metric) ?? [Infinity, -Infinity];
  const seen = [Math.min(before[0], ...ends), Math.max(before[1], ...ends)];
  widest.set(row.metric, seen);
  const room = (seen[1] - seen[0]) / 4;
  const domain = [seen[0] - room, seen[1] + room];
  const heading = `metric-${row.metric}`;
  return h("article", { class: "card", "aria-labelledby": heading },
    h("h3", { id: heading }, row.title),
    h("dl", {}, row.ways.map((way, number) => line(way, number, row.ways.length > 1, domain, confidence))),
    h("details", { class: "meaning" }, h("summary", {}, "What it means"),
      h("p", {}, row.definition, { higher: " Higher is better.", lower: " Lower is better.", neither: "" }[row.better])));
}

function line(way, number, named, domain, confidence) {
  const difference = way.difference;
  return [
    h("dt", { class: named ? `series series-${Math.min(number, 5)}` : "unseen" }, way.way),
    h("dd", {},
      h("span", { class: "value" }, way.value ?? "nothing to measure"),
      interval(way, number, domain),
      h("span", { class: "interval" }, way.interval ? `${Math.round(1000 * confidence) / 10} % interval ${way.interval}` : ""),
      difference && difference.value && h("span", { class: `difference is-${difference.verdict}` },
        h("strong", {}, difference.value), difference.interval ? ` (${difference.interval})` : "", ` ${verdict(difference)}`)),
  ];
}

const verdict = ({ verdict: found }) => ({
  better: "better", worse: "worse", higher: "higher", lower: "lower", same: "the same", unclear: "not clear yet",
})[found];

/** A mean and its interval as a picture; the words beside it say the same. */
function interval({ mean, ci_low: low, ci_high: high }, number, [from, to]) {
  if (mean === null) return null;
  const x = (value) => (to > from ? 4 + (192 * (value - from)) / (to - from) : 100);
  const svg = s("svg", { viewBox: "0 0 200 14", class: `whisker series-${Math.min(number, 5)}`, "aria-hidden": "true" });
  svg.append(s("line", { x1: 4, x2: 196, y1: 7, y2: 7, class: "ground" }));
  if (low !== null && high !== null) {
    svg.append(s("rect", { x: x(low), width: Math.max(x(high) - x(low), 1), y: 4, height: 6, rx: 3, class: "span" }));
  }
  svg.append(s("circle", { cx: x(mean), cy: 7, r: 4, class: "dot" }));
  return svg;
}
