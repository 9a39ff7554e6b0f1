// What is asked of the server.

/** An answer that is an error: words, or the faults of a scenario. */
export class Refused extends Error {
  constructor(body) {
    super(body.error ?? "the scenario has faults");
    this.faults = body.faults ?? [];
    this.texts = body.texts ?? [];
  }
}

async function ask(method, path, body, kind = "application/json") {
  let response;
  try {
    response = await fetch(path, { method, body, headers: body === undefined ? {} : { "content-type": kind } });
  } catch {
    throw new Refused({ error: "the server does not answer: is it still running?" });
  }
  const text = await response.text();
  let answer = {};
  if (text) {
    try {
      answer = JSON.parse(text);
    } catch {
      throw new Refused({ error: `the server answers ${response.status}` });
    }
  }
  if (!response.ok) throw new Refused(answer);
  return answer;
}

export const scenarios = async () => (await ask("GET", "/api/scenarios")).scenarios;
export const scenario = (subject) => ask("POST", "/api/scenario", JSON.stringify(subject));
export const run = (asked) => ask("POST", "/api/runs", JSON.stringify(asked));
export const runs = async () => (await ask("GET", "/api/runs")).runs;
export const find = (run) => ask("GET", `/api/runs/${run}`);
export const stop = (run) => ask("DELETE", `/api/runs/${run}`);
export const keep = (run, kept) => ask(kept ? "PUT" : "DELETE", `/api/runs/${run}/keep`);
export const charts = (run) => ask("GET", `/api/runs/${run}/charts`);
export const accounts = (run, way) => ask("GET", `/api/runs/${run}/accounts/${encodeURIComponent(way)}`);
export const upload = async (file) =>
  (await ask("POST", `/api/books/${encodeURIComponent(file.name)}`, file, "application/octet-stream")).book;

const OVER = ["finished", "stopped", "failed"];
export const isOver = (progress) => OVER.includes(progress.state);

/** Tells `seen` whatever becomes known of a run, until it is over or the returned function is called. */
export function follow(run, seen) {
  const events = new EventSource(`/api/runs/${run}/events`);
  events.onmessage = (event) => {
    const progress = JSON.parse(event.data);
    if (isOver(progress)) events.close();
    seen(progress);
  };
  events.onerror = () => {
    // The browser connects again by itself, unless the server has said that there is nothing to follow.
    if (events.readyState === EventSource.CLOSED) find(run).then(seen, () => {});
  };
  return () => events.close();
}
