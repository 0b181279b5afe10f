// The browser is ended at every single thing that the agent does: what must happen once happens once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Machine, World } from "./world.mjs";

const PUBLISH = [
  { operation: "UPLOAD_PHOTO", arguments: { url: "https://adgraph.example.com/files/1.jpg" } },
  {
    operation: "CREATE_ITEM",
    isUnsafe: true,
    arguments: {
      title: "Blue vase",
      description: "Blue vase (V-1)",
      price: { amount: "12.50", currency: "EUR" },
      categoryId: "1936",
      photoIds: ["901"],
    },
  },
];
const MESSAGE = [{ operation: "SEND_MESSAGE", isUnsafe: true, arguments: { conversationId: "3", text: "It is still there." } }];

/** Lets time go by and the browser be started again until nothing is left to do. */
async function settle(world) {
  for (let turn = 0; turn < 40 && world.server.open.length + unknown(world) > 0; turn += 1) {
    world.clock.at += 60_000;
    if (world.clock.now() >= world.server.holdUntil) world.server.look();
    await world.run();
  }
}

const unknown = (world) => world.server.jobs.flat().filter((step) => step.state === "UNKNOWN").length;
const made = (world) => world.site.items.filter((item) => item.title === "Blue vase").length;

/** @param {(world: World) => void} prepare */
async function endAtEveryTouch(job, prepare, check) {
  for (let endAt = 1; ; endAt += 1) {
    const world = new World({ jobs: [job] });
    prepare(world);
    const how = await new Machine(world, endAt).run();
    await settle(world);
    check(world, `ended at touch ${endAt}`);
    if (how === "returned") return endAt;
  }
}

function isOnceDone(world, words) {
  assert.equal(made(world), 1, words);
  assert.deepEqual(world.server.jobs.flat().map((step) => step.state), ["DONE", "DONE"], words);
}

test("an item is put up once, wherever the browser is ended", async () => {
  const touches = await endAtEveryTouch(PUBLISH, () => {}, isOnceDone);
  assert.ok(touches > 40, String(touches));
});

test("the same where the answer to every second report is lost", async () => {
  const prepare = (world) => (world.server.loses = new Set([1, 3, 5, 7, 9]));
  await endAtEveryTouch(PUBLISH, prepare, isOnceDone);
});

test("the same where the site does it and its answer is lost, the first time", async () => {
  const prepare = (world) => {
    world.site.answers.create = (request, site) => {
      delete site.answers.create;
      site.create(request.json.item);
      return { failure: "TIMEOUT" };
    };
  };
  await endAtEveryTouch(PUBLISH, prepare, isOnceDone);
});

test("the same where the site answers 502 and did not do it, the first time", async () => {
  const prepare = (world) => {
    world.site.answers.create = (_, site) => (delete site.answers.create, { failure: "NETWORK" });
  };
  await endAtEveryTouch(PUBLISH, prepare, isOnceDone);
});

test("a message is sent once, wherever the browser is ended", async () => {
  await endAtEveryTouch(MESSAGE, () => {}, (world, words) => assert.equal(world.site.messages.length, 1, words));
});

test("after a restart an unsafe call that may have left is not made again, and that is told", async () => {
  const world = new World({ jobs: [MESSAGE] });
  const machine = new Machine(world);
  world.site.answers.reply = () => (machine.end(), { failure: "NETWORK" });
  assert.equal(await machine.run(), "ended");
  assert.equal(world.state.work.phase, "CALLING");
  await world.run();
  assert.equal(world.site.count("reply"), 1);
  assert.deepEqual(world.server.reports.map(({ state, error }) => error ?? state), ["STARTED", "TIMEOUT"]);
});

test("what the site has answered is told after a restart, and the call is not made again", async () => {
  const world = new World({ jobs: [MESSAGE] });
  const machine = new Machine(world);
  const { report } = world.server;
  world.server.report = async (input) => {
    if (input.state === "DONE") machine.end();
    return await report.call(world.server, input);
  };
  assert.equal(await machine.run(), "ended");
  assert.equal(world.state.work.phase, "ANSWERED");
  await world.run();
  assert.equal(world.site.messages.length, 1);
  assert.equal(world.state.work, null);
  assert.equal(world.server.open.length, 0);
});
