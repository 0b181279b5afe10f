// Talks to the server of Adgraph: pairing, claims and reports as GraphQL over fetch; must not know what a step does.

import { DOCUMENTS } from "./documents.js";

/** The server did not answer, or answered that it cannot now: asked again later, nothing was decided. */
export class ServerAway extends Error {}

/** The server refused: `code` says why, as it stands in its answer. */
export class ServerRefused extends Error {
  /** @param {string} code @param {string} message @param {number | null} [retryAfter] */
  constructor(code, message, retryAfter = null) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

export const PROTOCOL = 1;
const PATIENCE_MS = 30_000;
const PAIR = DOCUMENTS["adgraph-vinted-agent-pair"];
const CLAIM = DOCUMENTS["adgraph-vinted-agent-claim"];
const REPORT = DOCUMENTS["adgraph-vinted-agent-report"];

/**
 * The origin of what a person typed as the server's address.
 * @param {string} typed
 * @returns {string | null} null for what is no address of http or https
 */
export function serverOrigin(typed) {
  const text = typed.trim();
  if (!text) return null;
  const isLocal = /^(localhost|127\.0\.0\.1)(:|\/|$)/.test(text);
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `${isLocal ? "http" : "https"}://${text}`);
    const isKept = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
    // Browsers differ in what they take for a name: Chrome writes a blank in it as %20.
    const isName = /^([a-z0-9-]+\.)*[a-z0-9-]+$/i.test(url.hostname);
    return isKept && isName && !url.username && !url.password ? url.origin : null;
  } catch {
    return null;
  }
}

/** @param {string} host */
function isLoopback(host) {
  return host === "localhost" || host === "127.0.0.1";
}

/** The origin, in which a server of this machine has one name. @param {URL} url */
function plain(url) {
  return isLoopback(url.hostname) ? `${url.protocol}//localhost:${url.port}` : url.origin;
}

export class Server {
  /**
   * @param {object} wanted
   * @param {string} wanted.origin
   * @param {string} wanted.version of this extension
   * @param {string | null} [wanted.token]
   * @param {typeof fetch} [wanted.fetch]
   */
  constructor({ origin, version, token = null, fetch = globalThis.fetch.bind(globalThis) }) {
    this.origin = origin;
    this.version = version;
    this.token = token;
    this.fetch = fetch;
  }

  /** @param {string} code @returns {Promise<{token: string, channelName: string, market: string}>} */
  async pair(code) {
    const answer = await this.ask("PairRelay", PAIR, { code, agentVersion: this.version, protocol: PROTOCOL });
    refuse(answer.pairRelay.userErrors);
    return answer.pairRelay;
  }

  /** @returns {Promise<{lease: any, retryAfter: number, problem: {code: string, message: string} | null}>} */
  async claim() {
    const answer = await this.ask("ClaimRelayWork", CLAIM, { agentVersion: this.version, protocol: PROTOCOL });
    const { lease, retryAfter, userErrors } = answer.claimRelayWork;
    return { lease: lease ?? null, retryAfter, problem: userErrors?.[0] ?? null };
  }

  /** @param {object} input @returns {Promise<{accepted: boolean, stop: boolean, expiresIn: number | null}>} */
  async report(input) {
    const answer = await this.ask("ReportRelayStep", REPORT, { input });
    refuse(answer.reportRelayStep.userErrors);
    return answer.reportRelayStep;
  }

  /**
   * The bytes of a picture that the server keeps; refuses any other origin than the server's.
   * @param {string} url
   * @param {number} mostBytes
   */
  async picture(url, mostBytes) {
    let address;
    try {
      address = new URL(url);
    } catch {
      throw new ServerRefused("BAD_ADDRESS", "The picture's address is none.");
    }
    if (plain(address) !== plain(new URL(this.origin))) {
      throw new ServerRefused(
        "BAD_ADDRESS",
        `Pictures are taken from ${this.origin} only, which the extension is paired with, not from ${address.origin}.`,
      );
    }
    const there = `${this.origin}${address.pathname}${address.search}`;
    const response = await this.send(there, { redirect: "error", credentials: "omit" });
    // Links to pictures work for some hours: asked for anew, the step comes with another one.
    if (!response.ok) throw new ServerAway(`The server answered ${response.status} for a picture.`);
    const body = await response.arrayBuffer();
    if (body.byteLength > mostBytes) throw new ServerRefused("TOO_LARGE", "The picture is too large.");
    return { body, type: response.headers.get("content-type") ?? "application/octet-stream" };
  }

  /** @param {string} operationName @param {string} query @param {object} variables @returns {Promise<any>} */
  async ask(operationName, query, variables) {
    /** @type {Record<string, string>} */
    const headers = { "content-type": "application/json", accept: "application/json" };
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    const response = await this.send(`${this.origin}/graphql`, {
      method: "POST",
      headers,
      body: JSON.stringify({ operationName, query, variables }),
      credentials: "omit",
      redirect: "error",
    });
    let body;
    try {
      body = await response.json();
    } catch {
      throw new ServerAway(`The server answered ${response.status} without JSON.`);
    }
    const error = body?.errors?.[0];
    if (error) throw failure(error, response.status);
    if (!body?.data) throw new ServerAway(`The server answered ${response.status} without data.`);
    return body.data;
  }

  /** @param {string} url @param {RequestInit} wanted */
  async send(url, wanted) {
    try {
      return await this.fetch(url, { ...wanted, signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch (error) {
      throw new ServerAway(String(/** @type {Error} */ (error).message ?? error));
    }
  }
}

const PASSING = new Set(["INTERNAL", "DATABASE_UNAVAILABLE", "UPSTREAM_UNAVAILABLE", "RATE_LIMITED"]);

/** @param {{message?: string, extensions?: {code?: string, retryAfter?: number}}} error @param {number} status */
function failure(error, status) {
  const code = error.extensions?.code ?? "";
  if (PASSING.has(code) || status >= 500) return new ServerAway(error.message ?? code);
  return new ServerRefused(code, error.message ?? "", error.extensions?.retryAfter ?? null);
}

/** @param {{code: string, message: string, retryAfter?: number | null}[] | undefined} userErrors */
function refuse(userErrors) {
  const first = userErrors?.[0];
  if (first) throw new ServerRefused(first.code, first.message, first.retryAfter ?? null);
}
