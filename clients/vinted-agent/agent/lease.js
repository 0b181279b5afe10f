// Works off one lease: a step after the other, each reported, with what is begun written down before it is begun. It
// must not know Chrome, nor what the site's calls are.

import { checkedArguments } from "../site/arguments.js";
import { SiteCaller } from "../site/caller.js";
import { SiteFault } from "../site/faults.js";
import { OPERATIONS } from "../site/operations.js";
import { ServerAway, ServerRefused } from "./server.js";

/** The work is over without more ado: the lease has ended, or the person wants it to end. */
export class Dropped extends Error {}

const MOST_RESULT_BYTES = 900_000;
const LONGEST_WORDS = 1_000;
const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** @typedef {import("../site/operations.js").Act} Act */

/**
 * @typedef {object} Work what is written down of a lease
 * @property {string} leaseId
 * @property {string} kind
 * @property {{index: number, operation: string, arguments: any, isUnsafe: boolean}[]} steps
 * @property {number} at which of them is next
 * @property {"IDLE" | "CALLING" | "ANSWERED"} phase CALLING: an unsafe call was about to leave, and nobody knows more
 * @property {any} report what was found out and not yet told, with ANSWERED
 * @property {number} endsAt by our own clock
 * @property {number} callTimeoutMs
 * @property {number} spacingMs
 */

/** @param {unknown} value @param {number} most */
const isWithin = (value, most) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;

/** Whether a lease can be kept to: without its numbers nobody would know when it ends. @param {any} lease */
function isWhole(lease) {
  const { id, steps, expiresIn, callTimeoutSeconds, spacingMs } = lease;
  const numbers = isWithin(expiresIn, 3_600) && isWithin(callTimeoutSeconds, 120) && isWithin(spacingMs, 600_000);
  const isListed = Array.isArray(steps) && steps.every((step) => isWithin(step?.index, 1_000));
  return typeof id === "string" && numbers && callTimeoutSeconds > 0 && isListed;
}

/**
 * Raises ServerRefused for a lease that makes no sense.
 * @param {any} lease
 * @param {number} sentAt when it was asked for
 * @param {number} leastSpacingMs
 * @returns {Work}
 */
export function workOf(lease, sentAt, leastSpacingMs) {
  if (!isWhole(lease)) throw new ServerRefused("ODD_LEASE", "The server's lease makes no sense.");
  return {
    leaseId: lease.id,
    kind: lease.kind,
    steps: [...lease.steps].sort((a, b) => a.index - b.index),
    at: 0,
    phase: "IDLE",
    report: null,
    endsAt: sentAt + lease.expiresIn * 1000,
    callTimeoutMs: lease.callTimeoutSeconds * 1000,
    spacingMs: Math.max(lease.spacingMs, leastSpacingMs),
  };
}

export class LeaseRun {
  /**
   * @param {object} ports
   * @param {import("./agent.js").Storage} ports.storage
   * @param {import("./agent.js").Clock} ports.clock
   * @param {import("./server.js").Server} ports.server
   * @param {import("../site/caller.js").Site | null} ports.site null while no tab can be had: nothing is called then
   * @param {() => string} ports.newId
   * @param {() => boolean} ports.isHalted
   * @param {Work} work
   */
  constructor(ports, work) {
    this.ports = ports;
    this.work = work;
    /** @type {SiteCaller | null} */
    this.caller = null;
  }

  /** Until all steps are reported; raises Dropped where the rest must not be done, ServerAway where it must wait. */
  async finish() {
    this.forgetUnknown();
    while (this.work.at < this.work.steps.length) {
      const step = this.work.steps[this.work.at];
      if (this.work.phase !== "ANSWERED") {
        if (this.ports.isHalted() || (await this.ports.storage.load()).isPaused) throw new Dropped();
        if (this.ports.clock.now() >= this.work.endsAt) throw new Dropped();
        await this.answered(await this.outcome(step));
      }
      await this.tell(step);
    }
  }

  /** An unsafe call that was about to leave when everything stopped is never made again. */
  forgetUnknown() {
    if (this.work.phase !== "CALLING") return;
    this.work.phase = "ANSWERED";
    this.work.report = failed("TIMEOUT", "The browser stopped in the middle of the call: nobody knows how it ended.");
  }

  /** Does a step. @param {Work["steps"][number]} step @returns {Promise<any>} what is to be reported */
  async outcome(step) {
    try {
      const act = Object.hasOwn(OPERATIONS, step.operation) ? OPERATIONS[step.operation] : undefined;
      const args = checkedArguments(step.operation, step.arguments);
      const caller = await this.callerOf();
      if (step.operation !== "WHOAMI") await caller.checkMember();
      const result = await /** @type {Act} */ (act)(caller, args);
      const bytes = bytesOf(result);
      if (bytes > MOST_RESULT_BYTES) return failed("INVALID", `The answer has ${bytes} bytes, which is too much.`);
      return { state: "DONE", result };
    } catch (error) {
      if (!(error instanceof SiteFault)) throw error;
      const { code, message, httpStatus, retryAfter } = error;
      return { ...failed(code, message), httpStatus, retryAfter };
    }
  }

  async callerOf() {
    if (this.caller === null) {
      const { storage, clock, server, site, newId } = this.ports;
      if (site === null) throw new Dropped();
      const { member = null, uploads } = await storage.load();
      const session = uploads ?? newId();
      if (uploads === undefined) await storage.save({ uploads: session });
      this.caller = new SiteCaller({
        site,
        server,
        clock,
        turn: () => this.turn(),
        beforeUnsafe: () => this.begin(),
        note: (call, outcome) => this.note(call, outcome),
        timeoutMs: this.work.callTimeoutMs,
        session,
        expected: member,
      });
    }
    return this.caller;
  }

  /** Waits for the spacing, which holds over leases and restarts; a clock that was set back costs one at most. */
  async turn() {
    const { storage, clock } = this.ports;
    const { lastCallAt = 0 } = await storage.load();
    const waitMs = Math.min(this.work.spacingMs, lastCallAt + this.work.spacingMs - clock.now());
    if (waitMs > 0) await clock.sleep(waitMs);
    if (this.ports.isHalted() || clock.now() >= this.work.endsAt) throw new Dropped();
    await storage.save({ lastCallAt: clock.now() });
  }

  /** Before an unsafe call: the server has accepted that it begins, and its end lies within the lease. */
  async begin() {
    const step = this.work.steps[this.work.at];
    const reply = await this.report({ ...this.named(step), state: "STARTED" });
    if (!reply.accepted) throw new Dropped();
    if (reply.stop) throw new SiteFault("INVALID", "It was stopped before the call was made.");
    this.work.phase = "CALLING";
    await this.save();
    if (this.ports.clock.now() + this.work.callTimeoutMs > this.work.endsAt) {
      this.work.phase = "IDLE";
      throw new Dropped();
    }
  }

  /** @param {any} report */
  async answered(report) {
    this.work.phase = "ANSWERED";
    this.work.report = report;
    await this.save();
  }

  /** Reports what was found out, and goes on to the next step. @param {Work["steps"][number]} step */
  async tell(step) {
    const reply = await this.reportResult(step);
    const { report } = this.work;
    const { storage } = this.ports;
    const isDone = report.state === "DONE";
    if (isDone && step.operation === "WHOAMI" && reply.accepted) await storage.save({ member: report.result });
    await storage.save({ notice: isDone ? null : { code: report.error, detail: report.message } });
    if (!reply.accepted || reply.stop || !isDone) throw new Dropped();
    this.work.at += 1;
    this.work.phase = "IDLE";
    this.work.report = null;
    await this.save();
  }

  /** A result that the server does not take is a failure of its step. @param {Work["steps"][number]} step */
  async reportResult(step) {
    try {
      return await this.report({ ...this.named(step), ...this.work.report });
    } catch (error) {
      const isOdd = error instanceof ServerRefused && error.code === "INVALID";
      if (!isOdd || this.work.report.state !== "DONE") throw error;
      await this.answered(failed("INVALID", error.message));
      return await this.report({ ...this.named(step), ...this.work.report });
    }
  }

  /** @param {Work["steps"][number]} step */
  named(step) {
    return { leaseId: this.work.leaseId, step: step.index };
  }

  /** Sends a report until the server has answered it; what is accepted renews the lease. @param {object} input */
  async report(input) {
    const { clock, server } = this.ports;
    for (let turn = 0; ; turn += 1) {
      const sentAt = clock.now();
      try {
        const reply = await server.report(input);
        if (reply.accepted && typeof reply.expiresIn === "number") {
          this.work.endsAt = Math.max(this.work.endsAt, sentAt + reply.expiresIn * 1000);
        }
        return reply;
      } catch (error) {
        if (!(error instanceof ServerAway) || turn >= WAITS_MS.length) throw error;
        await clock.sleep(WAITS_MS[turn]);
      }
    }
  }

  async save() {
    await this.ports.storage.save({ work: this.work });
  }

  /** @param {string} call @param {string} outcome */
  async note(call, outcome) {
    const { recent = [] } = await this.ports.storage.load();
    const line = { at: this.ports.clock.now(), call, outcome };
    await this.ports.storage.save({ recent: [line, ...recent].slice(0, 20) });
  }
}

/** As servers count that write all but ASCII as \\u and four digits. @param {object} result */
function bytesOf(result) {
  return JSON.stringify(result).replaceAll(/[^\0-\x7f]/g, "\\u0000").length;
}

/** @param {string} code @param {string} message */
function failed(code, message) {
  return { state: "FAILED", error: code, message: message.slice(0, LONGEST_WORDS) };
}
