// The text of a scenario's files, and its faults at the places where they stand.

import { at, fill, h } from "./elements.js";

/** The editor. `changed` is told a moment after the text has changed. */
export class Editor {
  constructor(view, changed) {
    this.changed = changed;
    this.area = h("textarea", { id: "toml", autocapitalize: "off", autocomplete: "off",
      "aria-describedby": "toml-place", oninput: () => this.typed(), onkeydown: (event) => this.key(event),
      onclick: () => this.place(), onkeyup: () => this.place(), onscroll: () => { this.lines.scrollTop = this.area.scrollTop; } });
    this.area.spellcheck = false;
    this.lines = h("pre", { class: "lines", "aria-hidden": "true" });
    this.files = h("select", { id: "toml-file", onchange: () => this.open(this.files.value) });
    this.where = h("span", { id: "toml-place", class: "hint" });
    this.revert = h("button", { type: "button", class: "quiet", disabled: true, onclick: () => this.undo() }, "Undo all edits of this file");
    this.save = h("button", { type: "button", class: "quiet", onclick: () => this.download() }, "Download this file");
    fill(view,
      h("div", { class: "bar" }, h("label", { htmlFor: "toml-file" }, "File"), this.files, this.revert, this.save, this.where),
      h("label", { htmlFor: "toml", class: "unseen" }, "Text of the scenario"),
      h("div", { class: "editor" }, this.lines, this.area),
      h("p", { class: "hint" }, "Edits hold on this page only; nothing in the folder is changed. Ctrl+Enter runs."));
  }

  /** Takes the texts of a scenario; `edited` are those that were changed here. */
  take(texts, edited) {
    for (const { file, text } of texts) this.originals.set(file, this.originals.get(file) ?? text ?? "");
    this.edited = edited;
    const files = texts.map(({ file }) => file);
    const known = [...this.files.options].map((option) => option.value);
    if (files.length > 0 && files.join("\n") !== known.join("\n")) {
      const own = files[0];
      const kept = files.includes(this.file) ? this.file : own;
      fill(this.files, files.map((file) => h("option", { value: file }, file)));
      this.open(kept);
    }
  }

  /** Forgets the texts of another scenario. */
  clear() {
    this.originals = new Map();
    this.edited = {};
    this.file = null;
    fill(this.files);
  }

  open(file) {
    this.file = file;
    this.files.value = file;
    this.area.value = this.edited[file] ?? this.originals.get(file) ?? "";
    this.number();
    this.place();
  }

  /** Shows the place of a fault. */
  go(file, line, column) {
    if (!this.originals.has(file)) return;
    this.open(file);
    const lines = this.area.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const text = lines[line - 1] ?? "";
    const from = start + [...text].slice(0, column - 1).join("").length;
    this.area.focus();
    this.area.setSelectionRange(from, start + text.length);
    this.area.scrollTop = Math.max(0, (line - 5) * parseFloat(getComputedStyle(this.area).lineHeight));
    this.place();
  }

  /** Marks the lines that have faults. */
  blame(faults) {
    this.faulty = new Set(faults.filter((fault) => fault.file === this.file).map((fault) => fault.line));
    this.area.setAttribute("aria-invalid", String(this.faulty.size > 0));
    this.number();
  }

  typed() {
    if (this.area.value === this.originals.get(this.file)) delete this.edited[this.file];
    else this.edited[this.file] = this.area.value;
    this.number();
    this.place();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.changed(), 250);
  }

  undo() {
    delete this.edited[this.file];
    this.open(this.file);
    this.changed();
  }

  /** Ctrl+Enter runs what is written. */
  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      at("run").click();
    }
  }

  number() {
    const count = this.area.value.split("\n").length;
    const faulty = this.faulty ?? new Set();
    fill(this.lines, Array.from({ length: count }, (_, at) =>
      h("span", { class: faulty.has(at + 1) ? "is-faulty" : "" }, `${at + 1}\n`)));
    this.lines.scrollTop = this.area.scrollTop;
    this.revert.disabled = !(this.file in this.edited);
  }

  place() {
    const before = this.area.value.slice(0, this.area.selectionStart).split("\n");
    this.where.textContent = `line ${before.length}, column ${[...before.at(-1)].length + 1}`;
  }

  download() {
    const link = h("a", { href: URL.createObjectURL(new Blob([this.area.value], { type: "application/toml" })),
      download: this.file.split("/").at(-1) });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  originals = new Map();
  edited = {};
  file = null;
}

const place = ({ file, line, column }) => (file === "--set" ? "the uploaded list" : `${file}:${line}:${column}`);

/** Only scenario files are shown as text; a list of accounts is not. */
const isText = (file) => file.endsWith(".toml");

/** Shows faults as a list that leads to their places. */
export function showFaults(view, faults, go) {
  if (faults.length === 0) return fill(view);
  const row = (fault) => h("li", {},
    isText(fault.file) ? h("button", { type: "button", class: "link place", onclick: () => go(fault) }, place(fault))
      : h("span", { class: "place" }, place(fault)),
    fault.path && h("code", {}, fault.path), " ", fault.message, fault.help && h("span", { class: "help" }, `; ${fault.help}`));
  const MOST = 20;
  fill(view, h("div", { class: "faults" },
    h("h3", {}, faults.length === 1 ? "1 fault" : `${faults.length} faults`),
    h("ul", {}, faults.slice(0, MOST).map(row)),
    faults.length > MOST && h("p", {}, `and ${faults.length - MOST} more`),
    faults.some(({ path }) => path === "book.columns") && h("p", {},
      "Which column holds what is never guessed: say it under Text, in a table ", h("code", {}, "[book.columns]"),
      " of the scenario that is shown, or put the list away with × above.")));
}
