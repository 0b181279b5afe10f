// What an answer of the site means where it is no success: one of the protocol's error codes; must not send anything.

/** A call of the site, or a step, that did not succeed; `code` is one of the protocol's error codes. */
export class SiteFault extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{httpStatus?: number | null, retryAfter?: number | null}} [more]
   */
  constructor(code, message, { httpStatus = null, retryAfter = null } = {}) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
    this.retryAfter = retryAfter;
  }
}

/**
 * @typedef {object} SiteAnswer
 * @property {number} status
 * @property {string} path where the answer came from in the end, after redirections
 * @property {string} type the media type
 * @property {string | null} retryAfter
 * @property {string} text
 */

const SIGN_IN = /^\/(member\/(general\/)?(login|signup|register)|auth|sign[-_]?in|log[-_]?in)(\/|$|\?)/i;
const CHALLENGE = /captcha|challenge|datadome|are you (a )?(human|robot)|cf-chl/i;
const SIGNED_OUT_CODES = new Set(["invalid_authentication_token", "unauthorized", "not_authenticated"]);
const LONGEST = 500;

/**
 * The body of a success; raises SiteFault for everything else.
 * @param {SiteAnswer} answer
 * @param {{isOwn?: boolean, isPage?: boolean}} [call]
 * @returns {any}
 */
export function bodyOf(answer, { isOwn = false, isPage = false } = {}) {
  const { status } = answer;
  const body = jsonOf(answer);
  if (SIGN_IN.test(answer.path) || status === 401) throw fault("SIGNED_OUT", "The site has nobody signed in.", answer);
  if (status === 429) {
    throw new SiteFault("RATE_LIMITED", words(body, "The site says: too many calls."), {
      httpStatus: status,
      retryAfter: seconds(answer.retryAfter),
    });
  }
  if (status === 403) throw forbidden(answer, body, isOwn);
  if (status === 404 || status === 410) throw fault("NOT_FOUND", words(body, "The site has no such thing."), answer);
  if (status >= 500) throw fault("SERVER_ERROR", words(body, `The site answered ${status}.`), answer);
  if (status >= 400) throw fault("INVALID", words(body, `The site refused with ${status}.`), answer);
  if (isPage) return answer.text;
  if (body === undefined) throw notJson(answer);
  return body;
}

/** @param {SiteAnswer} answer */
function notJson(answer) {
  if (CHALLENGE.test(answer.text)) return fault("CHALLENGE", "The site answered with a challenge.", answer);
  return fault("SERVER_ERROR", "The site answered without JSON.", answer);
}

/** @param {SiteAnswer} answer @param {any} body @param {boolean} isOwn */
function forbidden(answer, body, isOwn) {
  if (CHALLENGE.test(answer.text)) return fault("CHALLENGE", "The site answered with a challenge.", answer);
  if (SIGNED_OUT_CODES.has(body?.message_code)) return fault("SIGNED_OUT", "The site has nobody signed in.", answer);
  if (isOwn && body !== undefined) return fault("NOT_FOUND", words(body, "The site no longer shows it."), answer);
  return fault("FORBIDDEN", words(body, "The site refuses this account."), answer);
}

/** @param {string} code @param {string} message @param {SiteAnswer} answer */
function fault(code, message, answer) {
  return new SiteFault(code, message, { httpStatus: answer.status });
}

/** @param {SiteAnswer} answer @returns {any} undefined for what is no JSON object */
function jsonOf(answer) {
  try {
    const found = JSON.parse(answer.text);
    return found !== null && typeof found === "object" && !Array.isArray(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The site's own words, field by field. @param {any} body @param {string} otherwise */
function words(body, otherwise) {
  const faults = Array.isArray(body?.errors) ? body.errors : [];
  const each = faults
    .filter((/** @type {any} */ one) => typeof one?.value === "string")
    .map((/** @type {any} */ one) => (typeof one.field === "string" ? `${one.field}: ${one.value}` : one.value));
  const whole = typeof body?.message === "string" ? body.message : "";
  return (each.join(" ") || whole || otherwise).slice(0, LONGEST);
}

/** @param {string | null} text */
function seconds(text) {
  return text !== null && /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
}
