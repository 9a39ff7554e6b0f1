// Fields and sliders made from what the server says of each setting.

import { at, counted, fill, h } from "./elements.js";

/** The controls of a scenario. `changed` is told after every change. */
export class Controls {
  constructor(view, changed) {
    this.view = view;
    this.changed = changed;
    this.values = new Map();
    this.rows = [];
    at("find").addEventListener("input", () => this.filter());
    at("reset").addEventListener("click", () => this.set(new Map(), true));
  }

  /** Shows the controls of a scenario, with `values` laid over it: from a path to what is written there. */
  show(controls, values) {
    this.controls = controls;
    this.values = new Map([...values].filter(([path]) => controls.some((control) => control.path === path)));
    this.rows = [];
    const groups = new Map([["Changed most often", controls.filter((control) => control.often !== null).sort((left, right) => left.often - right.often)]]);
    for (const control of controls) {
      if (!groups.has(control.group)) groups.set(control.group, []);
      if (control.often === null) groups.get(control.group).push(control);
    }
    const open = this.open ?? new Set(["Changed most often"]);
    this.open = open;
    fill(this.view, [...groups].filter(([, rows]) => rows.length > 0).map(([title, rows]) => {
      const group = h("details", { class: "group", open: open.has(title) },
        h("summary", {}, title, h("span", { class: "count" }, String(rows.length))), this.group(rows));
      group.addEventListener("toggle", () => {
        if (at("find").value === "") group.open ? open.add(title) : open.delete(title);
      });
      return group;
    }));
    this.filter();
    this.count();
  }

  /** Everything that is changed: paths and what they are set to. */
  changes() {
    return [...this.values].map(([path, value]) => {
      const team = path === "pool";
      return [path, team ? [{ name: "advisors", advisors: value }] : value];
    });
  }

  set(values, tell = false) {
    this.values = values;
    for (const row of this.rows) row.update();
    this.count();
    if (tell) this.changed();
  }

  /** Marks what is at fault, by path; returns the faults that belong to no control. */
  blame(faults) {
    for (const row of this.rows) row.blame(null);
    return faults.filter((fault) => {
      const row = this.rows.find((row) => fault.path === row.path || fault.path.endsWith(`.${row.path}`));
      if (!row || !this.values.has(row.path)) return true;
      row.blame(`${fault.message}; ${fault.help}`);
      return false;
    });
  }

  group(controls) {
    let entry = null;
    return controls.flatMap((control) => {
      const heading = control.entry !== entry && control.entry !== null && h("h4", { class: "entry" }, control.entry);
      entry = control.entry;
      return [heading, this.row(control)].filter(Boolean);
    });
  }

  row(control) {
    const id = `set-${control.path}`;
    const about = h("p", { id: `${id}-about`, class: "about" }, control.about, range(control));
    const fault = h("p", { id: `${id}-fault`, class: "fault", hidden: true });
    const undo = h("button", {
      type: "button", class: "undo", title: "Undo this change", "aria-label": `Undo the change of ${control.label}`,
      onclick: () => this.change(control.path, undefined, true),
    }, "↺");
    const field = fieldOf(control, id, (value) => this.change(control.path, value));
    const element = h("div", { class: "setting" },
      h("label", { htmlFor: id }, sentence(control.label)), field.element, undo, about, fault);
    const row = {
      path: control.path,
      element,
      text: `${control.path} ${control.label} ${control.group} ${control.entry ?? ""} ${control.about}`.toLowerCase(),
      update: () => {
        const isChanged = this.values.has(control.path);
        element.classList.toggle("is-changed", isChanged);
        undo.hidden = !isChanged;
        field.show(isChanged ? this.values.get(control.path) : control.value);
      },
      blame: (words) => {
        fault.textContent = words ?? "";
        fault.hidden = !words;
        field.input.setAttribute("aria-invalid", String(Boolean(words)));
      },
    };
    field.input.setAttribute("aria-describedby", `${id}-about ${id}-fault`);
    row.update();
    this.rows.push(row);
    return element;
  }

  change(path, value, show = false) {
    const control = this.controls.find((control) => control.path === path);
    if (value === undefined || same(value, control.value)) this.values.delete(path);
    else this.values.set(path, value);
    const row = this.rows.find((row) => row.path === path);
    if (show) row.update();
    row.element.classList.toggle("is-changed", this.values.has(path));
    row.element.querySelector(".undo").hidden = !this.values.has(path);
    this.count();
    this.changed();
  }

  count() {
    const { size } = this.values;
    at("changed").hidden = size === 0;
    at("changed").textContent = `${counted(size, "change")}`;
    at("reset").disabled = size === 0;
  }

  filter() {
    const words = at("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of this.rows) row.element.hidden = !words.every((word) => row.text.includes(word));
    for (const group of this.view.querySelectorAll("details")) {
      const rows = [...group.querySelectorAll(".setting")];
      const some = rows.some((row) => !row.hidden);
      group.hidden = !some;
      group.open = words.length > 0 ? some : this.open.has(group.querySelector("summary").firstChild.textContent);
      for (const entry of group.querySelectorAll(".entry")) entry.hidden = words.length > 0;
    }
  }
}

const same = (left, right) => String(left) === String(right);
const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);
const range = ({ range }) =>
  range && h("span", { class: "range" }, ` Thought possible: ${range.low} to ${range.high}.`);

/** The field of a setting: its element, what has the focus, and how a value is shown in it. */
function fieldOf(control, id, changed) {
  if (control.kind === "switch") {
    const input = h("input", { id, type: "checkbox", class: "switch", onchange: () => changed(input.checked) });
    return { element: h("span", { class: "field" }, input), input, show: (value) => { input.checked = value === true; } };
  }
  if (control.kind === "choice") {
    const input = h("select", { id, onchange: () => changed(input.value) },
      control.choices.map(({ word, about }) => h("option", { value: word, title: about }, word.replaceAll("_", " "))),
      control.value === null && h("option", { value: "" }, "not set"));
    return {
      element: h("span", { class: "field" }, input), input,
      show: (value) => { input.value = value ?? ""; },
    };
  }
  const { before, after, unit, min, max, step, bare } = control;
  const written = (text) => (bare ? Number(text) : `${before}${text}${after}`);
  const tell = (text) => changed(text === "" || Number.isNaN(Number(text)) ? undefined : written(text));
  const input = h("input", { id, type: "number", min, step: "any", inputMode: "decimal", placeholder: "not set",
    oninput: () => { slider.value = input.value === "" ? min : input.value; tell(input.value); } });
  const slider = h("input", { type: "range", min, max, step, "aria-label": sentence(control.label),
    oninput: () => { input.value = slider.value; tell(slider.value); } });
  const known = control.value !== null && control.number === null;
  return {
    element: h("span", { class: "field" }, slider, input, h("span", { class: "unit" }, unit)),
    input,
    show: (value) => {
      const number = value === null || value === undefined || known ? "" : String(value).replace(before, "").replace(after, "");
      const shown = number !== "" && Number.isNaN(Number(number)) ? String(control.number) : number;
      input.value = shown;
      slider.value = shown === "" ? min : shown;
    },
  };
}
