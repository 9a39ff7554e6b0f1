// The runs the server remembers: chosen for comparing, downloaded, and their accounts looked at.

import * as api from "./api.js";
import { counted, fill, h } from "./elements.js";

const STATES = { waiting: "waiting", running: "running", finished: "finished", stopped: "stopped", failed: "failed" };

/** Shows all full runs. `wanted` has what is done with them. */
export function showRuns(view, runs, current, wanted) {
  const full = runs.filter((run) => !run.rough).reverse();
  if (full.length === 0) {
    fill(view, h("p", { class: "empty" }, "No run yet. Press Run, change something, and press Run again: runs can be compared here."));
    return;
  }
  const chosen = new Set();
  const compare = h("button", { type: "button", class: "main", disabled: true, onclick: () => {
    wanted.compare(full.filter((run) => chosen.has(run.run)).reverse());
  } }, "Compare the chosen runs");
  const hint = h("p", { class: "hint" });
  const update = () => {
    const picked = full.filter((run) => chosen.has(run.run));
    const same = new Set(picked.map((run) => run.subject)).size === 1;
    compare.disabled = picked.length < 2 || !same;
    hint.textContent = picked.length > 1 && !same
      ? "Runs of different scenarios, texts or books cannot be compared replication by replication."
      : "The oldest chosen run is what the others are compared with, on the same luck.";
  };
  update();
  const row = (run) => h("tr", { class: run.run === current ? "is-current" : "" },
    h("td", {}, h("input", { type: "checkbox", "aria-label": `Choose run ${run.run}`, onchange: (event) => {
      if (event.target.checked) chosen.add(run.run); else chosen.delete(run.run);
      update();
    } })),
    h("th", { scope: "row" }, h("button", { type: "button", class: "link", onclick: () => wanted.show(run.run) }, `Run ${run.run}`)),
    h("td", {}, run.scenario.replace(/, explored$/, ""), h("ul", { class: "ways" }, run.asked.map((one) => way(one, run.asked[0].name)))),
    h("td", {}, `${STATES[run.state]}, ${run.done} of ${counted(run.target, "replication")}`),
    h("td", {}, headline(run)),
    h("td", {}, h("div", { class: "actions" },
      h("label", { class: "check" }, h("input", { type: "checkbox", checked: run.kept, onchange: (event) => wanted.keep(run.run, event.target.checked) }), "Keep"),
      h("a", { href: `/api/runs/${run.run}/overlay.toml`, download: "" }, "Changes as TOML"),
      run.has_results && h("a", { href: `/api/runs/${run.run}/folder.zip`, download: "" }, "Run folder"))));
  const heads = ["", "Run", "What was run", "State", "Says", "Take away"];
  fill(view,
    h("div", { class: "bar" }, compare, hint),
    h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "All runs" },
      h("table", { class: "runs" }, h("caption", { class: "unseen" }, "Runs, newest first"),
        h("thead", {}, h("tr", {}, heads.map((head) => (head ? h("th", { scope: "col" }, head) : h("td", {}))))),
        h("tbody", {}, full.map(row)))),
    h("p", { class: "hint" }, "“Changes as TOML” is a small scenario file: saved beside the scenario, ",
      h("code", {}, "journeysim compare"), " gives the same numbers with it. The run folder holds tables, results and inputs."));
}

function way({ name, from, changes }, first) {
  const set = changes.map(([path, value]) => `${path} = ${typeof value === "object" ? JSON.stringify(value) : value}`);
  const start = from && from !== name && from !== first ? from : "";
  const what = [start, ...set].filter(Boolean).join(", ");
  return h("li", {}, h("strong", {}, name), what ? `: ${what}` : "");
}

function headline(run) {
  const [row] = run.headline;
  if (!row) return "";
  const cells = row.ways.map((cell) => h("li", {}, cell.value ?? "nothing to measure"));
  return [row.title, h("ul", { class: "ways" }, cells)];
}

/** Shows the accounts of a finished run. */
export async function showAccounts(view, run) {
  if (!run || !run.has_results) {
    fill(view, h("p", { class: "empty" }, "The accounts of a full run are shown here once it is over."));
    return;
  }
  const chosen = h("select", { id: "accounts-way" }, run.ways.map((name) => h("option", {}, name)));
  const find = h("input", { id: "accounts-find", type: "search", placeholder: "enterprise, churned …", autocomplete: "off" });
  const table = h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Accounts" });
  const said = h("p", { class: "hint", role: "status" });
  let listed = { columns: [], rows: [] };
  let order = { key: "account", down: false };
  const show = () => drawAccounts(table, said, lives(run, chosen.value), listed, find.value.toLowerCase(), order, (key) => {
    order = { key, down: order.key === key ? !order.down : false };
    show();
    table.querySelector(`[data-key="${key}"]`)?.focus();
  });
  const load = async () => {
    listed = await api.accounts(run.run, chosen.value);
    show();
  };
  chosen.addEventListener("change", load);
  find.addEventListener("input", show);
  fill(view,
    h("div", { class: "bar" }, h("label", { htmlFor: "accounts-way" }, "Accounts under"), chosen,
      h("label", { htmlFor: "accounts-find" }, "Find"), find),
    said, table);
  chosen.value = run.ways.at(-1);
  await load();
}

/** Links to the life of an account: alone, and beside its life under the way that others are compared with. */
const lives = (run, way) => (account) => {
  const to = (...ways) => `/api/runs/${run.run}/lives/${account}/${ways.map(encodeURIComponent).join("/")}`;
  const link = (href, name, words) =>
    h("a", { href, target: "_blank", rel: "noopener", "aria-label": `${name} (new tab)` }, words);
  const [first] = run.ways;
  return [
    link(to(way), `The life of account ${account}`, String(account)),
    way !== first && [" ", link(to(first, way), `Account ${account} beside its life under ${first}`, "⇄")],
  ];
};

const MOST = 200;

/** What the columns of the accounts are called. */
const HEADS = {
  account: "Account", segment: "Segment at the start", last_segment: "Segment at the end", program: "Program",
  close: "Customer since", nurturing_day: "Day of Nurturing", churn_day: "Day of churn", days: "Days under contract",
  months: "Months measured", months_utilization_healthy: "Months of healthy utilization",
  months_usage_healthy: "Months of healthy usage", advisor_hours: "Advisor hours", touchpoints_due: "Touchpoints due",
  touchpoints_done: "Touchpoints done", touchpoints_rescheduled: "Touchpoints put off", surveys: "Surveys sent",
  answers: "Surveys answered", transfers: "Moves to another program", days_prospect: "Days in Prospect",
  days_onboarding: "Days in Onboarding", days_adopting: "Days in Adopting", days_nurturing: "Days in Nurturing",
  days_renewing: "Days in Renewing", days_green: "Days in green", days_yellow: "Days in yellow", days_red: "Days in red",
};

function drawAccounts(view, said, links, { columns, rows }, words, order, sort) {
  const [churned, id] = ["churn_day", "account"].map((key) => columns.indexOf(key));
  const told = (row) => [...row, row[churned] === null ? "stayed" : "churned"].join(" ").toLowerCase();
  const found = rows.filter((row) => words.split(/\s+/).every((word) => told(row).includes(word)));
  const value = (row) => row[columns.indexOf(order.key)];
  found.sort((left, right) => {
    const [a, b] = [value(left), value(right)];
    if (a === b) return left[id] - right[id];
    if (a === null || b === null) return a === null ? 1 : -1;
    return (a < b ? -1 : 1) * (order.down ? -1 : 1);
  });
  const shown = found.slice(0, MOST);
  said.textContent = `${counted(found.length, "account")} of the first replication`
    + (shown.length < found.length ? `, of which the first ${MOST} are shown` : "")
    + ". A number leads to the account's life, step by step.";
  const head = (key) => h("th", { scope: "col", "aria-sort": order.key === key ? (order.down ? "descending" : "ascending") : "none" },
    h("button", { type: "button", class: "link", "data-key": key, onclick: () => sort(key) }, HEADS[key] ?? key));
  const cell = (it, at) => {
    const isNumber = typeof it === "number";
    const text = it === null ? "–" : isNumber ? it.toLocaleString("en", { maximumFractionDigits: 2 }) : String(it);
    return at === id ? h("th", { scope: "row" }, links(it)) : h("td", { class: isNumber ? "number" : "" }, text);
  };
  fill(view, h("table", { class: "accounts" }, h("caption", { class: "unseen" }, "Accounts of the first replication"),
    h("thead", {}, h("tr", {}, columns.map(head))),
    h("tbody", {}, shown.map((row) => h("tr", {}, row.map(cell))))));
}
