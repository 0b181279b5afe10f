// A world for the agent: a clock that jumps, a storage, a server with the rules of relay/1 and a site with a wardrobe, all
// in memory. `Machine` is the browser: it can be ended before or after anything that the agent does.

import { Agent } from "../../../clients/vinted-agent/agent/agent.js";
import { ServerAway, ServerRefused } from "../../../clients/vinted-agent/agent/server.js";

export const PAIRING = { server: "https://adgraph.example.com", token: "rel_1", channelName: "Wardrobe", market: "vinted.fr" };
export const MEMBER = { id: "7", name: "amber" };
const NEVER = new Promise(() => {});
const copy = (value) => (value === undefined ? undefined : structuredClone(value));

/** Everything passes through `touch`, so that a test can end the machine at any of it. */
export class Machine {
  constructor(world, endAt = Infinity) {
    this.world = world;
    this.endAt = endAt;
    this.touches = 0;
    this.isOver = false;
    this.ended = new Promise((done) => (this.end = () => ((this.isOver = true), done("ended"))));
  }

  /** Half of the touches end the machine before the effect, half after it. */
  async touch(act) {
    if (this.isOver) return NEVER;
    if (++this.touches === this.endAt) return this.end(), NEVER;
    const found = await act();
    if (this.isOver) return NEVER;
    if (++this.touches === this.endAt) return this.end(), NEVER;
    return found;
  }

  agent(more = {}) {
    const { world } = this;
    const all = (object, names) =>
      Object.fromEntries(names.map((name) => [name, (...given) => this.touch(() => object[name](...given))]));
    return new Agent({
      storage: all(world.storage, ["load", "save", "remove"]),
      clock: { now: () => world.clock.now(), sleep: (ms) => this.touch(() => world.clock.sleep(ms)) },
      serverOf: () => all(world.server, ["claim", "report", "picture"]),
      siteOf: async () => (world.hasTab ? { origin: world.site.origin, ...all(world.site, ["call"]) } : null),
      newId: () => `id-${++world.ids}`,
      leastSpacingMs: world.leastSpacingMs,
      ...more,
    });
  }

  /** "ended" where the machine was ended in the middle. */
  async run(why) {
    return await Promise.race([this.agent().run(why).then(() => "returned"), this.ended]);
  }
}

export class World {
  constructor({ jobs = [], items = 0, leastSpacingMs = 0 } = {}) {
    this.ids = 0;
    this.hasTab = true;
    this.leastSpacingMs = leastSpacingMs;
    this.clock = new JumpingClock();
    this.storage = new MemoryStorage({ pairing: PAIRING });
    this.site = new FakeSite(this.clock, items);
    this.server = new FakeServer(this.clock, this.site, jobs);
  }

  get state() {
    return this.storage.state;
  }

  async run(why) {
    return await new Machine(this).run(why);
  }
}

export class JumpingClock {
  constructor() {
    this.at = 1_800_000_000_000;
    this.slept = [];
  }

  now() {
    return this.at;
  }

  async sleep(ms) {
    this.slept.push(ms);
    this.at += ms;
  }
}

export class MemoryStorage {
  constructor(state) {
    this.state = copy(state);
  }

  async load() {
    return copy(this.state);
  }

  async save(change) {
    Object.assign(this.state, copy(change));
  }

  async remove(names) {
    for (const name of names) delete this.state[name];
  }
}

const json = (status, body, more = {}) => ({
  page: { ageMs: 0, hasToken: true },
  answer: { status, path: "/", type: "application/json", retryAfter: null, text: JSON.stringify(body), ...more },
});
export const html = (status, text, more = {}) => json(status, null, { type: "text/html", text, ...more });
export const refusal = (status, message, more = {}) => json(status, { message_code: "no", message, errors: [], ...more });

/** Answers by `answers[name]` first, where a test has put one: an answer, a failure, or a function of the request. */
export class FakeSite {
  constructor(clock, items) {
    this.origin = "https://www.vinted.fr";
    this.clock = clock;
    this.requests = [];
    this.answers = {};
    this.member = { id: 7, login: "amber" };
    this.items = Array.from({ length: items }, (_, index) => this.item(items - index, `Item ${items - index}`));
    this.messages = [];
    this.pageAgeMs = 0;
    this.tookMs = 200;
  }

  item(id, title, more = {}) {
    return { id, title, price: { amount: "5.00", currency_code: "EUR" }, photos: [], created_at_ts: 1_790_000_000, ...more };
  }

  async call(request) {
    this.requests.push({ ...request, at: this.clock.now() });
    this.clock.at += this.tookMs;
    const name = nameOf(request);
    const given = this.answers[name];
    const found = given === undefined ? this.act(name, request) : typeof given === "function" ? given(request, this) : given;
    if (found.page) found.page = { ...found.page, ageMs: this.pageAgeMs };
    return copy(found);
  }

  count(name) {
    return this.requests.filter((request) => nameOf(request) === name).length;
  }

  act(name, request) {
    const url = new URL(request.path, this.origin);
    if (name === "whoami") return json(200, { user: this.member });
    if (name === "home") return html(200, '<meta name="csrf-token" content="fresh-token">');
    if (name === "wardrobe") return this.page(url);
    if (name === "photo") return json(200, { id: 900 + this.count("photo") });
    if (name === "create") return this.create(request.json.item);
    if (name === "reply") {
      this.messages.push(request.json.reply.body);
      return json(200, { message: { id: 40 + this.messages.length } });
    }
    return json(404, { code: 104, message_code: "not_found", message: "Content not found.", errors: [] });
  }

  page(url) {
    const [page, perPage] = ["page", "per_page"].map((each) => Number(url.searchParams.get(each)));
    const items = this.items.slice((page - 1) * perPage, page * perPage);
    return json(200, { items, pagination: { total_pages: Math.ceil(this.items.length / perPage) } });
  }

  create(item) {
    const id = 5_000 + this.items.length;
    this.items.unshift(this.item(id, item.title, { description: item.description }));
    return json(200, { item: { id } });
  }
}

export function nameOf({ method, path }) {
  const [bare] = path.split("?");
  if (bare === "/") return "home";
  if (bare.endsWith("/users/current")) return "whoami";
  if (/\/wardrobe\/\d+\/items$/.test(bare)) return "wardrobe";
  if (bare.endsWith("/photos")) return "photo";
  if (bare.endsWith("/item_upload/items")) return "create";
  if (bare.endsWith("/replies")) return "reply";
  if (/\/item_upload\/items\/\d+$/.test(bare)) return method === "PUT" ? "update" : "item";
  return bare.replace("/api/v2/", "").replaceAll(/\d+/g, "N");
}

const LEASE_S = 120;
const CALL_S = 30;
const LISTING_DELAY_S = 60;
const WISHED = { isUnsafe: false, arguments: {} };

/** One job after the other, each a list of steps; what a lease leaves open is handed out again by the rules of relay/1. */
export class FakeServer {
  constructor(clock, site, jobs) {
    Object.assign(this, { clock, site, lease: null, leases: 0, reports: [], answers: {}, problem: null, retryAfter: 60 });
    this.isAway = false;
    this.loses = new Set(); // numbers of reports whose answers are lost
    this.wantsStop = false;
    this.spacingMs = 5_000;
    this.picture = async () => ({ body: new Uint8Array([1, 2, 3]).buffer, type: "image/jpeg" });
    this.jobs = jobs.map((steps) =>
      steps.map((step, index) => ({ ...WISHED, ...step, index, state: "WANTED", key: `${step.operation}-${index}` })),
    );
    this.holdUntil = 0;
  }

  get open() {
    return this.jobs.flat().filter((step) => step.state === "WANTED" || step.state === "STARTED");
  }

  async claim() {
    if (this.isAway) throw new ServerAway("away");
    if (this.isUnpaired) throw new ServerRefused("UNAUTHENTICATED", "The token has ended.");
    this.lapse();
    const now = this.clock.now();
    if (this.lease) return { lease: null, retryAfter: Math.ceil((this.lease.endsAt - now) / 1000), problem: null };
    if (now < this.holdUntil) return { lease: null, retryAfter: Math.ceil((this.holdUntil - now) / 1000), problem: null };
    const job = this.jobs.find((steps) => steps.some((step) => step.state === "WANTED"));
    if (!job || this.problem) return { lease: null, retryAfter: this.retryAfter, problem: this.problem };
    const steps = this.alone(job.filter((step) => step.state === "WANTED"));
    this.lease = { id: `lease-${++this.leases}`, steps, endsAt: now + LEASE_S * 1000 };
    const told = steps.map((step, index) => ({ index, operation: step.operation, arguments: step.arguments, isUnsafe: step.isUnsafe }));
    const lease = { id: this.lease.id, kind: "PUBLISH", attempt: 1, steps: told, expiresIn: LEASE_S };
    return { lease: { ...lease, callTimeoutSeconds: CALL_S, spacingMs: this.spacingMs }, retryAfter: 0, problem: null };
  }

  /** An unsafe step is alone in its lease. */
  alone(steps) {
    return steps[0].isUnsafe ? [steps[0]] : steps.slice(0, steps.findIndex((step) => step.isUnsafe) >>> 0);
  }

  lapse() {
    if (!this.lease || this.clock.now() < this.lease.endsAt) return;
    for (const step of this.lease.steps) if (step.state === "STARTED") this.doubt(step, this.lease.endsAt);
    this.lease = null;
  }

  /** Nobody knows how the step ended: the site is looked at once its effect must be there. */
  doubt(step, from) {
    this.holdUntil = from + (CALL_S + LISTING_DELAY_S) * 1000;
    step.state = "UNKNOWN";
  }

  /** What a look-up would find. Called by tests when the time has come. */
  look() {
    for (const step of this.jobs.flat().filter((each) => each.state === "UNKNOWN")) {
      const isThere =
        step.operation === "SEND_MESSAGE"
          ? this.site.messages.includes(step.arguments.text)
          : this.site.items.some((item) => item.description === step.arguments.description);
      step.state = isThere ? "DONE" : "WANTED";
    }
  }

  async report(input) {
    if (this.isAway) throw new ServerAway("away");
    const answer = this.take(copy(input));
    this.reports.push(copy(input));
    if (this.loses.has(this.reports.length)) throw new ServerAway("the answer was lost");
    return answer;
  }

  take({ leaseId, step: index, state, ...rest }) {
    const key = `${leaseId} ${index} ${state}`;
    if (this.answers[key]) return this.answers[key];
    this.lapse();
    if (this.lease?.id !== leaseId) return { accepted: false, stop: false, expiresIn: null };
    const step = this.lease.steps[index];
    if (this.wantsStop) {
      this.lease = null;
      return (this.answers[key] = { accepted: state !== "STARTED", stop: true, expiresIn: null });
    }
    this.lease.endsAt = this.clock.now() + LEASE_S * 1000;
    if (state === "STARTED") step.state = "STARTED";
    if (state === "DONE") Object.assign(step, { state, result: rest.result });
    if (state === "FAILED") this.fail(step, rest);
    if (this.lease?.steps.every((each) => each.state === "DONE")) this.lease = null;
    return (this.answers[key] = { accepted: true, stop: false, expiresIn: LEASE_S });
  }

  /** A step that surely was not done fails its job. */
  fail(step, { error }) {
    const mayBeDone = step.state === "STARTED" && ["NETWORK", "TIMEOUT", "SERVER_ERROR"].includes(error);
    if (mayBeDone) this.doubt(step, this.clock.now());
    else for (const each of this.jobs.find((steps) => steps.includes(step))) if (each.state !== "DONE") each.state = "FAILED";
    this.lease = null;
  }
}
