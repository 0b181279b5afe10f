// Sends the calls of one lease to the site: spaced, one at a time, as the member whom the channel belongs to. It must
// not know the operations. What happens around an unsafe call is the lease's, which `beforeUnsafe` asks.

import { CALLS, pathOf } from "./calls.js";
import { bodyOf, SiteFault } from "./faults.js";
import { memberOf } from "./results.js";

// A token of a page that was loaded longer ago may be of a session that is over.
const OLDEST_PAGE_MS = 5 * 60_000;
const MOST_PICTURE_BYTES = 20 * 1024 * 1024;
const TOKEN = /<meta[^>]+name="csrf-token"[^>]+content="([^"]+)"|\\*"CSRF_TOKEN\\*"\s*:\s*\\*"([^"\\]+)/;

/**
 * @typedef {object} SiteRequest
 * @property {string} method
 * @property {string} path
 * @property {boolean} isPage
 * @property {string | null} token for what changes something; null takes that of the page
 * @property {any} json
 * @property {Record<string, string> | null} form
 * @property {{field: string, name: string, type: string, base64: string} | null} file
 * @property {number} timeoutMs
 * @property {number} startBy a request that has not left by then must not leave
 */

/** @typedef {{field: string, name: string, type: string, body: ArrayBuffer}} SentFile */
/** @typedef {{json?: any, form?: Record<string, string>, file?: SentFile}} Content */
/** @typedef {{ageMs: number, hasToken: boolean}} Page how old the tab's page is, and whether a token was found in it */
/** @typedef {{picture: (url: string, mostBytes: number) => Promise<{body: ArrayBuffer, type: string}>}} Pictures */
/** @typedef {{failure: string, message?: string}} NoAnswer */
/** @typedef {{answer: import("./faults.js").SiteAnswer, page: Page}} Answered */

/**
 * @typedef {object} Site the tab
 * @property {string} origin
 * @property {(request: SiteRequest) => Promise<NoAnswer | Answered>} call
 */

export class SiteCaller {
  /**
   * @param {object} wanted
   * @param {Site} wanted.site
   * @param {Pictures} wanted.server
   * @param {{now: () => number}} wanted.clock
   * @param {() => Promise<void>} wanted.turn waits until the next call may leave
   * @param {() => Promise<void>} wanted.beforeUnsafe raises where an unsafe call must not be made
   * @param {(call: string, outcome: string) => Promise<void>} wanted.note
   * @param {number} wanted.timeoutMs
   * @param {string} wanted.session
   * @param {{id: string, name: string} | null} wanted.expected whom the channel belongs to, once that is known
   */
  constructor(wanted) {
    this.wanted = wanted;
    this.origin = wanted.site.origin;
    /** @type {{id: string, name: string} | null} */
    this.current = null;
    /** @type {string | null} */
    this.token = null;
    this.needsToken = false;
  }

  session() {
    return this.wanted.session;
  }

  /** Who is signed in; the site is asked once a lease. A session that has run out is renewed by loading a page. */
  async member() {
    if (this.current === null) {
      let body;
      try {
        body = await this.call("whoami");
      } catch (error) {
        if (!(error instanceof SiteFault) || error.code !== "SIGNED_OUT") throw error;
        await this.loadPage();
        body = await this.call("whoami");
      }
      this.current = memberOf(body);
    }
    return this.current;
  }

  /** Refuses to act for another member than the one of the channel. */
  async checkMember() {
    const { expected } = this.wanted;
    const { id, name } = await this.member();
    if (expected !== null && expected.id !== id) {
      const words = `The tab is signed in as ${name}, and this channel belongs to ${expected.name}.`;
      throw new SiteFault("SIGNED_OUT", words);
    }
  }

  async loadPage() {
    const found = TOKEN.exec(await this.call("home"));
    this.token = found?.[1] ?? found?.[2] ?? null;
    this.needsToken = false;
  }

  /** @param {string} url */
  async picture(url) {
    try {
      return await this.wanted.server.picture(url, MOST_PICTURE_BYTES);
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      throw new SiteFault(code === undefined ? "NETWORK" : "INVALID", message);
    }
  }

  /**
   * @param {string} name of the table of calls
   * @param {Record<string, any>} [values]
   * @param {Content} [content]
   */
  async call(name, values = {}, content = {}) {
    const { site, clock, timeoutMs } = this.wanted;
    const entry = CALLS[name];
    const path = pathOf(entry, values);
    if (entry.method !== "GET" && this.needsToken) await this.loadPage();
    await this.wanted.turn();
    if (entry.isUnsafe) await this.wanted.beforeUnsafe();
    const { json = null, form = null, file } = content;
    const sent = file ? { field: file.field, name: file.name, type: file.type, base64: base64Of(file.body) } : null;
    const request = {
      method: entry.method, path, isPage: Boolean(entry.isPage), token: this.token, json, form, file: sent, timeoutMs,
      startBy: clock.now() + timeoutMs,
    };
    try {
      const reply = await site.call(request);
      if ("failure" in reply) throw new SiteFault(reply.failure, reply.message ?? "The site did not answer.");
      if (this.token === null) this.needsToken = !reply.page.hasToken || reply.page.ageMs > OLDEST_PAGE_MS;
      const body = bodyOf(reply.answer, entry);
      await this.wanted.note(name, String(reply.answer.status));
      return body;
    } catch (error) {
      if (error instanceof SiteFault) await this.wanted.note(name, error.code);
      throw error;
    }
  }
}

/** @param {ArrayBuffer} body */
function base64Of(body) {
  const bytes = new Uint8Array(body);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}
