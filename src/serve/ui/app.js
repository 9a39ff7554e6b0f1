// The page: which scenario is looked at, what is changed, and what is run.
//
// What was chosen is kept for this tab, so that loading the page again goes on where it was: also with a run under way.

import * as api from "./api.js";
import { showCharts } from "./charts.js";
import { Controls } from "./controls.js";
import { at, fill, h, tabs } from "./elements.js";
import { showMeans, showProgress } from "./results.js";
import { showAccounts, showRuns } from "./runs.js";
import { Editor, showFaults } from "./text.js";
import { explain } from "./words.js";

const CHANGED = "changed";

/** What is looked at. */
const state = { file: null, edited: {}, book: null, bookName: null, from: null, changes: [], run: null, tab: "words" };
let scenario = null;
/** The run that is shown, as far as it is known. */
let shown = null;
let leave = () => {};
/** What is shown of which run in each view, so that nothing is drawn twice. */
const drawn = {};

const remember = () => sessionStorage.setItem("journeysim", JSON.stringify(state));

const editor = new Editor(at("view-text"), () => reload());
const controls = new Controls(at("controls"), () => {
  state.changes = [...controls.values];
  remember();
  tryOut();
});
const views = tabs(document.querySelector("[role=tablist]"), (name) => {
  state.tab = name;
  remember();
  draw();
});

const subject = () => ({ file: state.file, edited: state.edited, book: state.book });

/** Reads the scenario again, after its text, its book or the choice has changed. */
let reading = 0;
async function reload() {
  const turn = ++reading;
  try {
    const read = await api.scenario(subject());
    if (turn !== reading) return;
    scenario = read;
    blame([]);
    show();
    remember();
  } catch (refused) {
    if (turn !== reading) return;
    editor.take(refused.texts ?? [], state.edited);
    blame(refused.faults ?? [], refused.message);
    at("run").disabled = true;
  }
}

/** Shows a scenario that could be read. */
function show() {
  document.title = `${scenario.name} – journeysim`;
  fill(at("name"), scenario.name);
  fill(at("question"), scenario.question ?? "");
  at("run").disabled = false;
  const names = scenario.variants.map((variant) => variant.name);
  if (!names.includes(state.from)) state.from = scenario.baseline;
  fill(at("from"), scenario.variants.map(({ name, title }) =>
    h("option", { value: name, selected: name === state.from }, title ? `${name}: ${title}` : name)));
  fill(at("what"),
    names.length > 1 && h("option", { value: "all" }, `all ${names.length} variants`),
    h("option", { value: "changed" }, "what I changed"));
  at("what").hidden = names.length === 1;
  at("replications").placeholder = scenario.replications;
  at("seed").placeholder = scenario.seed;
  controls.show(scenario.controls, new Map(state.changes));
  editor.take(scenario.texts, state.edited);
  explain(at("view-words"), scenario);
}

/** Shows faults: beside their controls, in the text, and as a list. */
function blame(faults, words = null) {
  const others = controls.controls ? controls.blame(faults) : faults;
  editor.blame(faults);
  showFaults(at("faults"), others, (fault) => {
    views.show("text");
    editor.go(fault.file, fault.line, fault.column);
  });
  if (words && faults.length === 0) fill(at("faults"), h("p", { class: "note bad" }, words));
}

/** The ways that are run: where it starts, every variant if asked for, and what was changed. */
function ways(all) {
  const names = all ? scenario.variants.map((variant) => variant.name) : [];
  const start = state.from;
  const standing = [start, ...names.filter((name) => name !== start)].map((name) => ({ name, from: name, changes: [] }));
  const changes = controls.changes();
  return changes.length === 0 ? standing : [...standing, { name: CHANGED, from: start, changes }];
}

/** Runs a few replications of what was changed, if that is not under way already. */
let trying = false;
let again = false;
async function tryOut() {
  if (controls.changes().length === 0) {
    blame([]);
    return;
  }
  if (trying) {
    again = true;
    return;
  }
  trying = true;
  try {
    await begin({ subject: subject(), ways: ways(false), rough: true });
  } finally {
    trying = false;
    if (again) {
      again = false;
      tryOut();
    }
  }
}

/** The rough run in whose place another was asked for: that it is stopped is no news. */
let replaced = null;

/** Has something run and shows it; returns whether it was taken. */
async function begin(asked) {
  const seed = at("seed").value === "" ? {} : { seed: Number(at("seed").value) };
  const old = shown && shown.rough && !api.isOver(shown) ? { replaces: shown.run } : {};
  replaced = old.replaces ?? null;
  try {
    const run = await api.run({ ...seed, ...old, ...asked });
    blame([]);
    look(run);
    return true;
  } catch (refused) {
    blame(refused.faults ?? [], refused.message);
    return false;
  }
}

/** Shows a run and whatever becomes known of it. */
function look(run) {
  leave();
  shown = run;
  if (!run.rough) state.run = run.run;
  remember();
  if (["words", "text"].includes(state.tab) && !(run.rough && state.tab === "text")) views.show("results");
  news(run);
  leave = api.isOver(run) ? () => {} : api.follow(run.run, (progress) => {
    if (progress.run === replaced && progress.state === "stopped") return;
    shown = { ...shown, ...progress };
    news(shown);
    if (api.isOver(progress)) over(progress.run);
  });
}

function news(run) {
  showProgress(run);
  showMeans(at("view-results"), run);
  at("stop").hidden = api.isOver(run) || run.rough;
}

/** A run is over: what it left behind can be shown. */
async function over(number) {
  const run = await api.find(number).catch(() => null);
  if (!run || !shown || shown.run !== number) return;
  shown = run;
  news(run);
  draw();
}

/** Draws the view that is seen, unless it shows this run already. */
async function draw() {
  const { tab } = state;
  const full = shown && !shown.rough ? shown : null;
  const key = full ? `${full.run} ${full.has_results}` : "none";
  if (tab === "runs") return list();
  if (!["charts", "accounts"].includes(tab) || drawn[tab] === key) return;
  drawn[tab] = key;
  const view = at(`view-${tab}`);
  try {
    await (tab === "charts" ? showCharts(view, full) : showAccounts(view, full));
  } catch (refused) {
    delete drawn[tab];
    fill(view, h("p", { class: "note bad" }, refused.message));
  }
}

/** Shows the runs that the server remembers. */
async function list() {
  const runs = await api.runs().catch(() => []);
  showRuns(at("view-runs"), runs, shown?.run, {
    show: async (number) => {
      look(await api.find(number));
      views.show("results");
    },
    keep: (number, kept) => api.keep(number, kept).catch((refused) => blame([], refused.message)).then(list),
    compare: (chosen) => begin({ ...replications(), like: chosen[0].run, ways: together(chosen) }).then((taken) => taken && views.show("results")),
  });
}

/** The last way of each run, each under the number of its run. */
function together(runs) {
  return runs.map(({ run, asked }) => {
    const { from, changes } = asked.at(-1);
    return { name: `run-${run}`, from, changes };
  });
}

async function choose(file, fresh = true) {
  if (fresh) {
    Object.assign(state, { file, edited: {}, book: null, bookName: null, from: null, changes: [], run: null });
    leave();
    shown = null;
    fill(at("view-results"), h("p", { class: "empty" }, "Press Run, or change a policy for a rough answer at once."));
    fill(at("status"));
    at("meter").hidden = true;
    at("stop").hidden = true;
    at("replications").value = "";
    at("seed").value = "";
  }
  editor.clear();
  at("scenario").value = file;
  showBook();
  await reload();
  draw();
}

function showBook() {
  at("book-name").hidden = state.book === null;
  fill(at("book-name"), `book: ${state.bookName}`, h("button", { type: "button", class: "undo", "aria-label": "Put the uploaded book away",
    onclick: () => { Object.assign(state, { book: null, bookName: null }); showBook(); reload(); } }, "×"));
}

at("scenario").addEventListener("change", () => choose(at("scenario").value));
at("from").addEventListener("change", () => {
  state.from = at("from").value;
  remember();
  tryOut();
});
/** The number of replications, where one is asked for. */
const replications = () => (at("replications").value === "" ? {} : { replications: Number(at("replications").value) });

at("run").addEventListener("click", () => {
  begin({ ...replications(), subject: subject(), ways: ways(at("what").value === "all"), keep: at("keep").checked });
});
at("stop").addEventListener("click", () => shown && api.stop(shown.run).catch(() => {}));
at("keep").addEventListener("change", () => {
  if (shown && !shown.rough && !api.isOver(shown)) {
    api.keep(shown.run, at("keep").checked).catch((refused) => blame([], refused.message));
  }
});
at("book").addEventListener("change", async () => {
  const [file] = at("book").files;
  at("book").value = "";
  if (!file) return;
  try {
    Object.assign(state, { book: await api.upload(file), bookName: file.name });
    showBook();
    await reload();
  } catch (refused) {
    blame([], refused.message);
  }
});

/** Begins where this tab was, or with the first scenario. */
async function start() {
  if (matchMedia("(max-width: 55rem)").matches) at("settings").open = false;
  const listed = await api.scenarios().catch((refused) => {
    blame([], refused.message);
    return [];
  });
  if (listed.length === 0) {
    fill(at("question"), "There is no scenario in this folder: a scenario is a TOML file with a name.");
    at("run").disabled = true;
    return;
  }
  const folders = new Map();
  for (const { file, name } of listed) {
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "";
    if (!folders.has(folder)) folders.set(folder, []);
    folders.get(folder).push(h("option", { value: file }, name));
  }
  fill(at("scenario"), [...folders].map(([folder, options]) => (folder ? h("optgroup", { label: folder }, options) : options)));
  const before = JSON.parse(sessionStorage.getItem("journeysim") ?? "null");
  const known = before && listed.some(({ file }) => file === before.file);
  if (known) Object.assign(state, before);
  await choose(known ? state.file : first(listed), !known);
  const run = state.run && (await api.find(state.run).catch(() => null));
  if (known && run) look(run);
  views.show(known ? state.tab : "words");
}

/** The scenario that opens: the pooled program if it is there. */
const first = (listed) => (listed.find(({ file }) => file.endsWith("programs/pooled-ta.toml")) ?? listed[0]).file;

start();
