// Connects ad accounts: through the platform's dialog and back, then by a choice of what the connected person can see.
"use strict";

const connect = document.getElementById("connect");
const dialog = document.getElementById("dialog");
const choice = document.getElementById("choice");
// As long as the dialog may take, and its code.
const VERIFIER_S = 660;
const IS_HTTPS = location.protocol === "https:";

const BEGIN = `mutation ($codeChallenge: String!) {
  beginConnection(input: { platform: META, codeChallenge: $codeChallenge }) { authorizationUrl userErrors { message } }
}`;
const VISIBLE = `query ($grantId: ID!, $after: String) {
  availableAdAccounts(grantId: $grantId, first: 100, after: $after) {
    nodes { externalId name currency connected problem }
    pageInfo { hasNextPage endCursor }
  }
}`;
const CONNECT = `mutation ($grantId: ID!, $externalIds: [String!]!) {
  connectAdAccounts(grantId: $grantId, externalIds: $externalIds) {
    adAccounts { __typename id }
    refreshJobs { __typename id }
    userErrors { message }
  }
}`;
const COUNT = "{ adAccounts(first: 1) { totalCount } }";

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function verifierCookie() {
  return document.cookie.split("; ").find((pair) => /^(__Host-)?oauth_verifier=/.test(pair));
}

function writeVerifier(value, seconds) {
  const name = `${IS_HTTPS ? "__Host-" : ""}oauth_verifier`;
  document.cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${IS_HTTPS ? "; Secure" : ""}`;
}

// The verifier lies in a cookie of this site: whoever has only the address cannot trade its code. It is one for all
// dialogs that are open at the same time.
async function newChallenge() {
  const kept = verifierCookie();
  const verifier = kept ? kept.split("=")[1] : base64url(crypto.getRandomValues(new Uint8Array(32)));
  writeVerifier(verifier, VERIFIER_S);
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function takeVerifier() {
  const kept = verifierCookie();
  writeVerifier("", 0);
  return kept ? kept.split("=")[1] : "";
}

async function allVisible(grantId) {
  const found = [];
  for (let after = null, more = true; more; ) {
    const answer = await ask(VISIBLE, { grantId, after });
    if (answer.errors) throw new Error(answer.errors[0].message);
    const { nodes, pageInfo } = answer.data.availableAdAccounts;
    found.push(...nodes);
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
  }
  return found;
}

function checkbox(account) {
  const input = Object.assign(document.createElement("input"), {
    type: "checkbox",
    name: "account",
    value: account.externalId,
    checked: !account.connected && !account.problem,
    disabled: account.connected || Boolean(account.problem),
  });
  const label = document.createElement("label");
  const state = account.connected ? ", connected" : account.problem ? `. ${account.problem}` : "";
  label.append(input, ` ${account.name} (${account.externalId}, ${account.currency ?? "no currency"})${state}`);
  return label;
}

// Shows what a new grant can see; whoever connected decides which of it Adgraph reads.
async function offer(grant) {
  const accounts = await allVisible(grant.id);
  const who = grant.externalUserName ?? grant.externalUserId;
  choice.querySelector("h2").textContent = accounts.length
    ? `Access of ${who} is stored. Which ad accounts shall be read?`
    : `Access of ${who} is stored, and sees no ad account: give this person one on the platform, then connect again.`;
  choice.querySelector("div").replaceChildren(...accounts.map(checkbox));
  choice.dataset.grantId = grant.id;
  choice.hidden = false;
  offerOnlyWhatIsChosen();
}

function chosen() {
  return [...choice.querySelectorAll("input:checked:enabled")].map((input) => input.value);
}

function offerOnlyWhatIsChosen() {
  choice.querySelector("button[type=submit]").disabled = chosen().length === 0;
}

choice.addEventListener("change", offerOnlyWhatIsChosen);
choice.addEventListener("reset", () => (choice.hidden = true));
choice.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await stillSignedIn();
    memory.ids.adAccountId = undefined;
    const { adAccounts } = await payloadOf(CONNECT, { grantId: choice.dataset.grantId, externalIds: chosen() });
    choice.hidden = true;
    const what = adAccounts.length === 1 ? "1 ad account is" : `${adAccounts.length} ad accounts are`;
    line.textContent = `${what} connected and being read: the tab Accounts shows them, the tab Watch how far it is.`;
  } catch (error) {
    line.textContent = error.message;
  }
});

connect.addEventListener("click", async () => {
  try {
    await stillSignedIn();
    const { authorizationUrl } = await payloadOf(BEGIN, { codeChallenge: await newChallenge() });
    location.assign(authorizationUrl);
  } catch (error) {
    line.textContent = error.message;
  }
});

// The tab "Connect" shows the call; this is where its answer leads.
document.addEventListener("dialog", ({ detail }) => {
  if (new URL(detail).origin !== location.origin) return;
  dialog.href = detail;
  dialog.hidden = false;
});

document.addEventListener("viewer-shown", async ({ detail }) => {
  if (!(detail.permissions ?? []).includes("CONNECT_ACCOUNTS")) return;
  connect.hidden = false;
  const answer = await ask(COUNT).catch(() => ({}));
  const isEmpty = answer.data && answer.data.adAccounts && answer.data.adAccounts.totalCount === 0;
  if (isEmpty && choice.hidden) line.textContent += " There is no ad account yet: connect one.";
});

document.addEventListener("signed-out", () => {
  connect.hidden = dialog.hidden = choice.hidden = true;
});
