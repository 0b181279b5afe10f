// The loop of the extension: claims work of the server, has it done, sleeps. It knows neither Chrome nor the site:
// whatever it needs is handed in, so that the same code runs in tests. What it must remember is in the storage.

import { Dropped, LeaseRun, workOf } from "./lease.js";
import { ServerAway, ServerRefused } from "./server.js";

/**
 * @typedef {object} State what is kept over restarts
 * @property {{server: string, token: string, channelName: string, market: string}} [pairing]
 * @property {boolean} [isPaused]
 * @property {import("./lease.js").Work | null} [work]
 * @property {{id: string, name: string}} [member] whom the channel belongs to
 * @property {string} [uploads] what pictures and their item have in common, where the server names nothing
 * @property {number} [lastCallAt]
 * @property {number} [nextClaimAt]
 * @property {{at: number, call: string, outcome: string}[]} [recent]
 * @property {{code: string, detail: string} | null} [notice]
 */

/**
 * @typedef {object} Storage
 * @property {() => Promise<State>} load
 * @property {(change: Partial<State>) => Promise<void>} save
 * @property {(names: string[]) => Promise<void>} remove
 */

/** @typedef {import("../site/caller.js").Site} Site */
/** @typedef {import("./server.js").Server} Server */
/** @typedef {import("./lease.js").Work} Work */
/** @typedef {{now: () => number, sleep: (ms: number) => Promise<void>}} Clock */

// Shorter pauses are waited for here; for longer ones the alarm or the bell calls again.
const LONGEST_WAIT_S = 5;
const MOST_SHORT_WAITS = 60;
const PAUSE_S = 60;
const OVER_WITH_A_CLAIM = new Set(["SERVER_AWAY", "AGENT_OUTDATED", "NO_TAB"]);

export class Agent {
  /**
   * @param {object} ports
   * @param {Storage} ports.storage
   * @param {Clock} ports.clock
   * @param {(pairing: {server: string, token: string}) => import("./server.js").Server} ports.serverOf
   * @param {(market: string) => Promise<Site | null>} ports.siteOf null where no tab can be had
   * @param {() => string} ports.newId
   * @param {number} ports.leastSpacingMs
   * @param {(isHeld: boolean) => void} [ports.onLease] told when a lease is held, and when no longer
   */
  constructor(ports) {
    this.ports = ports;
    this.isHalted = false;
  }

  /** What is under way ends after the call that is being made. */
  halt() {
    this.isHalted = true;
  }

  /**
   * Works until there is nothing to do for now.
   * @param {{isRung?: boolean}} [why] the bell has rung: the server is asked before the time that it told
   */
  async run({ isRung = false } = {}) {
    const { storage, clock } = this.ports;
    for (let waits = 0; waits < MOST_SHORT_WAITS && !this.isHalted; ) {
      const state = await storage.load();
      if (!state.pairing || (state.isPaused && !state.work)) return;
      const server = this.ports.serverOf(state.pairing);
      const waitMs = state.work ? 0 : Math.min((state.nextClaimAt ?? 0) - clock.now(), PAUSE_S * 60_000);
      if (waitMs > 0 && !(isRung && waits === 0)) {
        if (waitMs > LONGEST_WAIT_S * 1000) return;
        waits += 1;
        await clock.sleep(waitMs);
        continue;
      }
      isRung = false;
      const isDone = await this.attempt(state, server);
      if (!isDone) return;
    }
  }

  /** @param {State} state @param {Server} server @returns {Promise<boolean>} whether to go on */
  async attempt(state, server) {
    const { storage, siteOf } = this.ports;
    try {
      const site = await siteOf(/** @type {any} */ (state.pairing).market);
      if (site === null) await storage.save({ notice: { code: "NO_TAB", detail: "" } });
      if (site === null && !state.work) return false;
      const work = state.work ?? (await this.claim(server));
      if (work !== null) await this.finish(work, server, site);
      return true;
    } catch (error) {
      return await this.stumbled(error);
    }
  }

  /** @param {unknown} error @returns {Promise<boolean>} */
  async stumbled(error) {
    const { storage, clock } = this.ports;
    const nextClaimAt = clock.now() + PAUSE_S * 1000;
    if (error instanceof ServerAway) {
      await storage.save({ notice: { code: "SERVER_AWAY", detail: error.message }, nextClaimAt });
    } else if (error instanceof ServerRefused && error.code === "UNAUTHENTICATED") {
      await storage.remove(["pairing", "work", "member", "uploads"]);
      await storage.save({ notice: { code: "UNPAIRED", detail: "" } });
    } else if (error instanceof ServerRefused) {
      await storage.save({ notice: { code: error.code, detail: error.message }, work: null, nextClaimAt });
    } else {
      throw error;
    }
    return false;
  }

  /** @param {Server} server @returns {Promise<Work | null>} */
  async claim(server) {
    const { storage, clock, leastSpacingMs } = this.ports;
    const sentAt = clock.now();
    const { lease, retryAfter, problem } = await server.claim();
    if (problem) await storage.save({ notice: { code: problem.code, detail: problem.message } });
    if (lease === null) {
      const change = { nextClaimAt: clock.now() + Math.max(1, retryAfter) * 1000 };
      const { notice } = await storage.load();
      const isOver = !problem && OVER_WITH_A_CLAIM.has(notice?.code ?? "");
      await storage.save(isOver ? { ...change, notice: null } : change);
      return null;
    }
    const work = workOf(lease, sentAt, leastSpacingMs);
    await storage.save({ work, nextClaimAt: 0 });
    return work;
  }

  /** @param {Work} work @param {Server} server @param {Site | null} site */
  async finish(work, server, site) {
    const { storage, clock, newId, onLease } = this.ports;
    onLease?.(true);
    try {
      await new LeaseRun({ storage, clock, server, site, newId, isHalted: () => this.isHalted }, work).finish();
    } catch (error) {
      if (!(error instanceof Dropped)) throw error;
      await storage.save({ nextClaimAt: clock.now() + 1000 });
    } finally {
      onLease?.(false);
    }
    await storage.save({ work: null });
  }
}
