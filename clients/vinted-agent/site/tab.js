// Finds the tab of the site, or opens one that does not come to the front, and has requests sent from it.

import { sendFromPage } from "./page.js";

const LOADING_MS = 30_000;
const LOOK_EVERY_MS = 100;
const MORE_MS = 2_000;

/** @param {number} ms */
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * The tab of an origin; null where there is none and none can be opened.
 * @param {string} origin
 * @returns {Promise<import("./caller.js").Site | null>}
 */
export async function siteIn(origin) {
  const tabId = await tabOf(origin);
  return tabId === null ? null : { origin, call: (request) => send(tabId, origin, request) };
}

/** @param {string} origin @returns {Promise<number | null>} */
async function tabOf(origin) {
  const url = new URL(origin);
  const all = await chrome.tabs.query({ url: `${url.protocol}//${url.hostname}/*` });
  const tabs = all.filter((tab) => tab.url !== undefined && new URL(tab.url).origin === origin);
  const found = tabs.find((tab) => !tab.discarded && tab.status === "complete") ?? tabs.find((tab) => !tab.discarded);
  if (found?.id !== undefined) return (await isLoaded(found.id)) ? found.id : null;
  try {
    const opened = await chrome.tabs.create({ url: `${origin}/`, active: false });
    return opened.id !== undefined && (await isLoaded(opened.id)) ? opened.id : null;
  } catch {
    return null; // there is no window
  }
}

/** @param {number} tabId */
async function isLoaded(tabId) {
  for (let waited = 0; waited < LOADING_MS; waited += LOOK_EVERY_MS) {
    try {
      if ((await chrome.tabs.get(tabId)).status === "complete") return true;
    } catch {
      return false;
    }
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

/**
 * @param {number} tabId
 * @param {string} origin
 * @param {import("./caller.js").SiteRequest} request
 */
async function send(tabId, origin, request) {
  const page = { ageMs: 0, hasToken: true };
  try {
    const tab = await chrome.tabs.get(tabId);
    // Between two calls the person may have gone elsewhere with the tab: a path must not be sent to another site.
    if (tab.url === undefined || new URL(tab.url).origin !== origin) throw new Error("the tab has left the site");
    const sent = chrome.scripting.executeScript({ target: { tabId }, func: sendFromPage, args: [request] });
    const late = sleep(request.timeoutMs + MORE_MS).then(() => null);
    const frames = await Promise.race([sent, late]);
    if (frames === null) return { page, failure: "TIMEOUT", message: "The tab did not answer." };
    return frames[0]?.result ?? { page, failure: "NETWORK", message: "The tab was left in the middle of the call." };
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    return { page, failure: "NETWORK", message: `The tab cannot be used: ${message}` };
  }
}
