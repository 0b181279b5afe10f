// When the agent asks, waits, stops and speaks up.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Agent } from "../../../clients/vinted-agent/agent/agent.js";
import { ServerRefused } from "../../../clients/vinted-agent/agent/server.js";
import { html, MEMBER, Machine, refusal, World } from "./world.mjs";

const LIST = { operation: "LIST_ITEMS", arguments: { page: 1, perPage: 96 } };
const WHOAMI = { operation: "WHOAMI", arguments: {} };
const SAY = { operation: "SEND_MESSAGE", isUnsafe: true, arguments: { conversationId: "3", text: "Hello" } };

const states = (world) => world.server.reports.map(({ state, error }) => error ?? state);

test("steps are done in their order, each reported, until nothing waits", async () => {
  const world = new World({ jobs: [[WHOAMI, LIST]], items: 3 });
  await world.run();
  assert.deepEqual(states(world), ["DONE", "DONE"]);
  assert.deepEqual(world.server.reports[0].result, MEMBER);
  assert.equal(world.server.reports[1].result.items.length, 3);
  assert.equal(world.state.work, null);
  assert.ok(world.state.nextClaimAt >= world.clock.now() + 59_000);
});

test("calls of the site are spaced by what the lease says, over leases too", async () => {
  const world = new World({ jobs: [[WHOAMI, LIST, LIST], [LIST]] });
  await world.run();
  const gaps = world.site.requests.slice(1).map((request, index) => request.at - world.site.requests[index].at);
  assert.equal(gaps.length, 4);
  assert.deepEqual(new Set(gaps), new Set([5_000]));
});

test("the server can make the spacing longer and not shorter than the extension's own", async () => {
  const world = new World({ jobs: [[WHOAMI, LIST]], leastSpacingMs: 5_000 });
  world.server.spacingMs = 1;
  await world.run();
  assert.equal(world.site.requests[1].at - world.site.requests[0].at, 5_000);
});

test("a clock that was set back costs one spacing, not years", async () => {
  const world = new World({ jobs: [[WHOAMI]] });
  world.state.lastCallAt = world.clock.now() + 1e12;
  await world.run();
  assert.deepEqual(states(world), ["DONE"]);
  assert.ok(world.clock.slept.every((ms) => ms <= 5_000));
});

test("the server is not asked before the time it told, unless the bell has rung", async () => {
  const world = new World({ jobs: [] });
  await world.run();
  world.server.jobs = new World({ jobs: [[WHOAMI]] }).server.jobs;
  await world.run();
  assert.equal(world.server.leases, 0);
  await world.run({ isRung: true });
  assert.equal(world.server.leases, 1);
});

test("short waits, while the server's own part is done, are waited for", async () => {
  const world = new World({ jobs: [] });
  let asked = 0;
  world.server.retryAfter = 2;
  const { claim } = world.server;
  world.server.claim = async () => {
    if (++asked === 3) world.server.retryAfter = 60;
    return await claim.call(world.server);
  };
  await world.run();
  assert.equal(asked, 3);
});

test("nothing is asked while there is no pairing, while it is paused, or without a tab", async () => {
  for (const spoil of [(w) => delete w.state.pairing, (w) => (w.state.isPaused = true), (w) => (w.hasTab = false)]) {
    const world = new World({ jobs: [[WHOAMI]] });
    spoil(world);
    await world.run();
    assert.equal(world.server.leases, 0);
    assert.deepEqual(world.site.requests, []);
  }
});

test("a pause ends the work between two steps", async () => {
  const world = new World({ jobs: [[WHOAMI, LIST]] });
  world.site.answers.whoami = (request, site) => {
    world.state.isPaused = true;
    return site.act("whoami", request);
  };
  await world.run();
  assert.deepEqual(states(world), ["DONE"]);
  assert.equal(world.state.work, null);
});

test("halting lets the call under way end and makes no other", async () => {
  const world = new World({ jobs: [[WHOAMI, LIST]] });
  const agent = new Machine(world).agent();
  world.site.answers.whoami = (request, site) => {
    agent.halt();
    return site.act("whoami", request);
  };
  await agent.run();
  assert.equal(world.site.requests.length, 1);
});

test("a lease that is over is dropped without another call", async () => {
  const world = new World({ jobs: [[WHOAMI, LIST]] });
  const { report } = world.server;
  world.server.report = async (input) => {
    if (input.step === 0) return { accepted: false, stop: false, expiresIn: null };
    return await report.call(world.server, input);
  };
  world.server.claim = once(world.server.claim.bind(world.server));
  await world.run();
  assert.equal(world.site.requests.length, 1);
  assert.equal(world.state.work, null);
});

/** The first answer, and then that nothing waits. */
function once(claim) {
  let isFirst = true;
  return async () => {
    if (!isFirst) return { lease: null, retryAfter: 60, problem: null };
    isFirst = false;
    return await claim();
  };
}

test("a person's wish to end stops an unsafe step before its call", async () => {
  const world = new World({ jobs: [[SAY]] });
  world.server.wantsStop = true;
  world.server.claim = once(world.server.claim.bind(world.server));
  await world.run();
  assert.deepEqual(world.site.messages, []);
});

test("an unsafe call is not made where STARTED is refused", async () => {
  const world = new World({ jobs: [[SAY]] });
  world.server.report = async () => ({ accepted: false, stop: false, expiresIn: null });
  world.server.claim = once(world.server.claim.bind(world.server));
  await world.run();
  assert.equal(world.site.count("reply"), 0);
});

test("an unsafe call is not made when its end could lie behind the lease's", async () => {
  const world = new World({ jobs: [[SAY]] });
  const { report } = world.server;
  world.server.report = async (input) => {
    const answer = await report.call(world.server, input);
    world.clock.at += 91_000; // the machine slept, or the answer took long: 29 seconds of 120 are left
    return answer;
  };
  world.server.claim = once(world.server.claim.bind(world.server));
  await world.run();
  assert.deepEqual(states(world), ["STARTED"]);
  assert.equal(world.site.count("reply"), 0);
});

test("with just enough of the lease left it is made", async () => {
  const world = new World({ jobs: [[SAY]] });
  const { report } = world.server;
  world.server.report = async (input) => {
    const answer = await report.call(world.server, input);
    if (input.state === "STARTED") world.clock.at += 90_000;
    return answer;
  };
  await world.run();
  assert.equal(world.site.count("reply"), 1);
});

test("who is signed in is asked once in each lease, before anything else", async () => {
  const world = new World({ jobs: [[LIST, LIST]] });
  await world.run();
  assert.equal(world.site.count("whoami"), 1);
  assert.match(world.site.requests[0].path, /users\/current/);
});

test("nothing is done as another member than the channel's", async () => {
  const world = new World({ jobs: [[WHOAMI], [SAY]] });
  await world.run();
  assert.deepEqual(world.site.messages, ["Hello"]);
  world.server.jobs = new World({ jobs: [[SAY]] }).server.jobs;
  world.site.member = { id: 8, login: "cedar" };
  await world.run({ isRung: true });
  assert.deepEqual(world.site.messages, ["Hello"]);
  const last = world.server.reports.at(-1);
  assert.deepEqual([last.state, last.error], ["FAILED", "SIGNED_OUT"]);
  assert.match(last.message, /signed in as cedar, and this channel belongs to amber/);
  assert.equal(world.state.notice.code, "SIGNED_OUT");
});

test("a session that has run out is renewed by loading a page, once", async () => {
  const world = new World({ jobs: [[LIST]] });
  world.site.answers.whoami = (request, site) =>
    site.count("home") ? site.act("whoami", request) : refusal(401, "Sign in to go on.");
  await world.run();
  assert.deepEqual(states(world), ["DONE"]);
});

test("where nobody is signed in a page is loaded once, and that is told", async () => {
  const world = new World({ jobs: [[LIST]] });
  world.site.answers.whoami = refusal(401, "Sign in to go on.");
  await world.run();
  assert.deepEqual(states(world), ["SIGNED_OUT"]);
  assert.equal(world.site.count("home"), 1);
});

test("the token of an old page is not used for what changes something", async () => {
  for (const [ageMs, pages] of [[1_000, 0], [600_000, 1]]) {
    const world = new World({ jobs: [[SAY]] });
    world.site.pageAgeMs = ageMs;
    await world.run();
    assert.equal(world.site.count("home"), pages);
    assert.equal(world.site.requests.at(-1).token, pages ? "fresh-token" : null);
  }
});

test("a challenge, a refusal and too many calls are told, and the person is told what to do", async () => {
  const cases = [
    [html(403, "<form action='/challenge'>Are you a person?</form>"), "CHALLENGE", undefined],
    [html(200, "<form action='/challenge'>Are you a person?</form>"), "CHALLENGE", undefined],
    [refusal(403, "Access denied."), "FORBIDDEN", undefined],
    [refusal(429, "Too often.", { retryAfter: "90" }), "RATE_LIMITED", 90],
  ];
  for (const [answer, code, retryAfter] of cases) {
    const world = new World({ jobs: [[LIST, LIST]] });
    world.site.answers.wardrobe = answer;
    if (retryAfter) world.site.answers.wardrobe.answer.retryAfter = "90";
    await world.run();
    assert.deepEqual(states(world), [code]);
    assert.equal(world.server.reports[0].retryAfter ?? undefined, retryAfter);
    assert.equal(world.state.notice.code, code);
    assert.equal(world.site.count("wardrobe"), 1);
  }
});

test("an answer that is too large for a message is told instead of sent", async () => {
  const world = new World({ jobs: [[LIST]], items: 1 });
  world.site.items = Array.from({ length: 96 }, (_, id) => world.site.item(id, "Ж".repeat(1_600)));
  await world.run();
  assert.deepEqual(states(world), ["INVALID"]);
  assert.match(world.server.reports[0].message, /bytes/);
});

test("a result that the server does not take fails its step instead of coming back for ever", async () => {
  const world = new World({ jobs: [[LIST]], items: 1 });
  const { report } = world.server;
  world.server.report = async (input) => {
    if (input.state === "DONE") throw new ServerRefused("INVALID", "A result has at most 1 MiB.");
    return await report.call(world.server, input);
  };
  await world.run();
  assert.deepEqual(states(world), ["INVALID"]);
});

test("where the server is away the work waits, and is told when the server is back", async () => {
  const world = new World({ jobs: [[WHOAMI]] });
  world.site.answers.whoami = (request, site) => {
    world.server.isAway = true;
    return site.act("whoami", request);
  };
  await world.run();
  assert.equal(world.state.notice.code, "SERVER_AWAY");
  assert.equal(world.state.work.phase, "ANSWERED");
  world.server.isAway = false;
  await world.run();
  assert.deepEqual(states(world), ["DONE"]);
  assert.equal(world.site.requests.length, 1);
  assert.equal(world.state.notice, null);
});

test("a token that has ended ends the pairing and says so", async () => {
  const world = new World({ jobs: [[WHOAMI]] });
  world.server.isUnpaired = true;
  await world.run();
  assert.equal(world.state.pairing, undefined);
  assert.equal(world.state.notice.code, "UNPAIRED");
});

test("an extension that is too old says so and asks later", async () => {
  const world = new World({ jobs: [[WHOAMI]] });
  Object.assign(world.server, { problem: { code: "AGENT_OUTDATED", message: "1.1.0 is needed." }, retryAfter: 900 });
  await world.run();
  assert.deepEqual(world.state.notice, { code: "AGENT_OUTDATED", detail: "1.1.0 is needed." });
  assert.ok(world.state.nextClaimAt >= world.clock.now() + 890_000);
  world.server.problem = null;
  await world.run({ isRung: true });
  assert.equal(world.state.notice, null);
});

test("leases that make no sense are refused step by step, without a call", async () => {
  const odd = [
    { operation: "EVAL", arguments: { script: "1" } },
    { operation: "constructor", arguments: {} },
    { operation: "__proto__", arguments: {} },
    { operation: "LIST_ITEMS", arguments: null },
    { operation: "LIST_ITEMS", arguments: { page: 0, perPage: 96 } },
    { operation: "LIST_ITEMS", arguments: { page: 1, perPage: 97 } },
    { operation: "GET_ITEM", arguments: { id: "../../users/1" } },
    { operation: "GET_ITEM", arguments: { id: 5 } },
    { operation: "SEND_MESSAGE", isUnsafe: true, arguments: { conversationId: "3", text: "" } },
    { operation: "SEND_MESSAGE", isUnsafe: true, arguments: { conversationId: "3", text: "x".repeat(5_001) } },
    { operation: "LIST_TERMS", arguments: { kind: "PASSWORDS" } },
  ];
  for (const step of odd) {
    const world = new World({ jobs: [[step]] });
    await world.run();
    assert.deepEqual(states(world), ["INVALID"], JSON.stringify(step));
    assert.deepEqual(world.site.requests, []);
  }
});

test("a lease without its numbers is not worked off, and the server is asked a minute later", async () => {
  const spoils = [
    { expiresIn: null }, { expiresIn: "120" }, { expiresIn: 1e9 }, { callTimeoutSeconds: 0 }, { callTimeoutSeconds: NaN },
    { spacingMs: undefined }, { spacingMs: -1 }, { spacingMs: 1e12 }, { steps: null }, { steps: [null] }, { id: 5 },
  ];
  for (const spoil of spoils) {
    const world = new World({ jobs: [[SAY]] });
    const { claim } = world.server;
    world.server.claim = async () => {
      const answer = await claim.call(world.server);
      return answer.lease ? { ...answer, lease: { ...answer.lease, ...spoil } } : answer;
    };
    await world.run();
    assert.deepEqual(world.site.requests, [], JSON.stringify(spoil));
    assert.equal(world.state.notice.code, "ODD_LEASE");
    assert.ok(world.state.nextClaimAt >= world.clock.now() + 59_000);
  }
});

test("the last calls are kept for the person: twenty, without what they said", async () => {
  const world = new World({ jobs: Array.from({ length: 13 }, () => [LIST]), items: 2 });
  await world.run();
  assert.equal(world.state.recent.length, 20);
  assert.deepEqual(Object.keys(world.state.recent[0]), ["at", "call", "outcome"]);
});

test("a lease is told while it is held", async () => {
  const world = new World({ jobs: [[WHOAMI]] });
  const told = [];
  await new Machine(world).agent({ onLease: (isHeld) => told.push(isHeld) }).run();
  assert.deepEqual(told, [true, false]);

});
