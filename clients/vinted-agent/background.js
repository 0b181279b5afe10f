// The extension's service worker: listens, keeps the alarm, and lets the agent run, once at a time. Chrome ends it
// whenever it likes: what must be remembered is in chrome.storage.local, and listeners are set as the file is read.

import { Agent } from "./agent/agent.js";
import { Bell } from "./agent/bell.js";
import { Server, serverOrigin, ServerRefused } from "./agent/server.js";
import { originOf } from "./agent/sites.js";
import { siteIn } from "./site/tab.js";

const ALARM = "work";
const LOCK = "agent";
const CHANGES = "changes";
const manifest = chrome.runtime.getManifest();

/** @type {import("./agent/agent.js").Storage} */
const storage = {
  load: () => chrome.storage.local.get(null),
  save: (change) => chrome.storage.local.set(change),
  remove: (names) => chrome.storage.local.remove(names),
};
const clock = {
  now: () => Date.now(),
  /** @param {number} ms @returns {Promise<void>} */
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
};

/** @type {Agent | null} */
let running = null;
/** @type {Bell | null} */
let bell = null;
let holdsLease = false;
let openPopups = 0;
let hasRung = false;

/** @returns {Promise<import("./agent/sites.js").Sites>} */
async function sites() {
  return await (await fetch(chrome.runtime.getURL("sites.json"))).json();
}

/** @param {{isRung?: boolean}} [why] */
async function work(why) {
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (lock === null) {
      hasRung ||= Boolean(why?.isRung);
      return;
    }
    const known = await sites();
    running = new Agent({
      storage,
      clock,
      serverOf: ({ server, token }) => new Server({ origin: server, token, version: manifest.version }),
      siteOf: async (market) => {
        const origin = originOf(market, known, manifest.host_permissions ?? []);
        return origin === null ? null : await siteIn(origin);
      },
      newId: () => crypto.randomUUID(),
      leastSpacingMs: known.spacingMs,
      onLease: (isHeld) => {
        holdsLease = isHeld;
        void tendBell();
      },
    });
    try {
      await running.run(why);
    } finally {
      running = null;
    }
  });
  if (hasRung && running === null) {
    hasRung = false;
    await work({ isRung: true });
  }
}

/** The bell hangs while a lease is held or somebody looks; otherwise the worker may sleep. */
async function tendBell() {
  const { pairing } = await storage.load();
  const isWanted = pairing !== undefined && (holdsLease || openPopups > 0);
  if (bell !== null && (!isWanted || bell.isOver || bell.token !== pairing?.token)) {
    bell.end();
    bell = null;
  }
  if (isWanted && bell === null) {
    bell = new Bell({ origin: pairing.server, token: pairing.token, ring: () => void work({ isRung: true }) });
  }
}

/** One change of the pairing at a time, and none while the agent works. @param {() => Promise<any>} change */
async function alone(change) {
  return await navigator.locks.request(CHANGES, async () => {
    running?.halt();
    return await navigator.locks.request(LOCK, change);
  });
}

/** @type {Promise<{problem: string | null}> | null} */
let pairingNow = null;

/** Pairs as the popup has wished; the popup may be gone by then, since Chrome closes it when it asks the person. */
async function pairAsWished() {
  pairingNow ??= (async () => {
    const { wish } = await chrome.storage.session.get("wish");
    await chrome.storage.session.remove("wish");
    const done = wish ? await pair(wish.server, wish.code) : { problem: null };
    if (done.problem !== null) await storage.save({ notice: { code: "PAIRING", detail: done.problem } });
    return done;
  })();
  try {
    return await pairingNow;
  } finally {
    pairingNow = null;
  }
}

/** @param {string} typed @param {string} code */
async function pair(typed, code) {
  const origin = serverOrigin(typed);
  if (origin === null) return { problem: "That is no address of a server: https:// and its name is needed." };
  try {
    const { token, channelName, market } = await new Server({ origin, version: manifest.version }).pair(code);
    await alone(async () => {
      await storage.remove(["work", "member", "uploads", "notice", "recent", "nextClaimAt"]);
      await storage.save({ pairing: { server: origin, token, channelName, market }, isPaused: false });
    });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    return { problem: error instanceof ServerRefused ? message : `The server does not answer: ${message}` };
  }
  void tendBell();
  void work();
  return { problem: null };
}

/** @type {Record<string, (message: any) => Promise<any>>} */
const ORDERS = {
  wish: async ({ server, code }) => {
    await chrome.storage.session.set({ wish: { server: String(server), code: String(code) } });
    return { problem: null };
  },
  pair: () => pairAsWished(),
  pause: async ({ isPaused }) => {
    await storage.save({ isPaused });
    if (!isPaused) void work({ isRung: true });
    return { problem: null };
  },
  forget: async () => {
    await alone(() => chrome.storage.local.clear());
    void tendBell();
    return { problem: null };
  },
  work: async () => {
    void work({ isRung: true });
    return { problem: null };
  },
};

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  const order = Object.hasOwn(ORDERS, message?.order) ? ORDERS[message.order] : undefined;
  // The extension's own pages alone: what runs in a tab of the site has that page's address.
  if (!sender.url?.startsWith(chrome.runtime.getURL("")) || order === undefined) return false;
  void order(message).then(answer);
  return true;
});
chrome.runtime.onConnect.addListener((port) => {
  if (port.name !== "popup") return;
  openPopups += 1;
  void tendBell();
  port.onDisconnect.addListener(() => {
    openPopups -= 1;
    void tendBell();
  });
});
chrome.permissions.onAdded.addListener(() => void pairAsWished());
chrome.alarms.onAlarm.addListener((alarm) => {
  if (alarm.name === ALARM) void work();
});
chrome.runtime.onInstalled.addListener(() => void keepAlarm());
chrome.runtime.onStartup.addListener(() => void keepAlarm());

// Updates of the extension and some restarts of the browser lose alarms.
async function keepAlarm() {
  if ((await chrome.alarms.get(ALARM)) === undefined) await chrome.alarms.create(ALARM, { periodInMinutes: 1 });
}

void keepAlarm();
void work();
