// What a person reads when something is in the way; must not decide when.

/** @type {Readonly<Record<string, string>>} */
export const NOTICES = Object.freeze({
  SIGNED_OUT:
    "Nobody is signed in at the site, or another member than this channel's. Sign in in a tab of this browser.",
  CHALLENGE:
    "The site asks whether you are a person. Answer it yourself in a tab, and have the channel checked.",
  FORBIDDEN: "The site refuses calls of this account for now. Open it in a tab and see what it says.",
  RATE_LIMITED: "The site says that there were too many calls. It is asked again later.",
  NO_TAB: "The site has no tab, and none could be opened. Open a window of this browser.",
  SERVER_AWAY: "The server of Adgraph does not answer. It is asked again every minute.",
  UNPAIRED: "The pairing has ended. Make a new code in Adgraph and pair again.",
  AGENT_OUTDATED: "This extension is too old for the server. Install the newer one that the server offers.",
});

/** @param {string} code @param {string} [detail] */
export function noticeOf(code, detail) {
  return { code, text: [NOTICES[code] ?? "", detail ?? ""].filter(Boolean).join(" ") };
}
