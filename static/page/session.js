// Keeps the sign-in: renews the access token by the browser's cookie, before it ends and after a reload, and signs out.
"use strict";

const EARLY_MS = 60_000;
// A tab in the background wakes up late: what is this close to its end is renewed before it is used.
const CLOSE_MS = 15_000;
const line = document.getElementById("signed-in");
const signOut = document.getElementById("sign-out");
const tabsOfThisBrowser = new BroadcastChannel("adgraph-session");
let timer;

const VIEWER = "viewer { role permissions user { name } tenant { name } }";
const RENEW = `mutation ($refreshToken: String) {
  refreshSession(refreshToken: $refreshToken) { accessToken refreshToken ${VIEWER} userErrors { message } }
}`;
const LOGOUT = "mutation { logout { ok } }";

// The answer as JSON; throws when the server cannot be reached or says no JSON.
async function ask(query, variables) {
  const headers = withToken({ "content-type": "application/json" });
  const reply = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return reply.json();
}

// The payload of the only mutation of `query`; throws what the server says in words.
async function payloadOf(query, variables) {
  const answer = await ask(query, variables);
  if (answer.errors) throw new Error(answer.errors[0].message);
  const [payload] = Object.values(answer.data);
  if (payload.userErrors.length) throw new Error(payload.userErrors[0].message);
  remember(answer.data);
  return payload;
}

function forget(said) {
  clearTimeout(timer);
  Object.assign(memory, { accessToken: null, refreshToken: null, over: 0, ids: {} });
  document.dispatchEvent(new CustomEvent("signed-out", { detail: said }));
}

// True once this tab has a fresh token. A server that does not answer ends no session.
async function renewNow() {
  const wasSignedIn = memory.accessToken !== null;
  let payload;
  try {
    const answer = await ask(RENEW, { refreshToken: memory.refreshToken });
    payload = answer.data && answer.data.refreshSession;
    if (payload && payload.accessToken) remember(answer.data);
  } catch {
    payload = null;
  }
  if (payload && !payload.accessToken && wasSignedIn) forget("Your session has ended: sign in again.");
  return Boolean(payload && payload.accessToken);
}

// One tab after the other: each needs an access token of its own, and the cookie's token is for one use.
function renew() {
  return navigator.locks ? navigator.locks.request("adgraph-session", renewNow) : renewNow();
}

const restored = renew();

// Waits until the page knows who is signed in, and renews what is about to end.
async function stillSignedIn() {
  await restored;
  if (memory.accessToken !== null && Date.now() > memory.over - CLOSE_MS) await renew();
}

function isWhole(viewer) {
  return Boolean(viewer && viewer.role && viewer.permissions && viewer.user?.name && viewer.tenant?.name);
}

function show(viewer) {
  const { role, user, tenant } = viewer;
  const place = role && tenant && tenant.name && `${role} of ${tenant.name}`;
  const who = [user && user.name, place].filter(Boolean).join(", ");
  line.textContent = `Signed in${who && ` as ${who}`}.`;
  document.dispatchEvent(new CustomEvent("viewer-shown", { detail: viewer }));
}

// An operation that signs in may ask for less of the viewer than the page shows, or for nothing of it.
async function askAndShow(viewer) {
  const { accessToken } = memory;
  const answer = await ask(`{ ${VIEWER} }`).catch(() => ({}));
  // Somebody else may have signed in meanwhile, or this person out.
  if (memory.accessToken === accessToken) show(answer.data?.viewer ?? viewer ?? {});
}

document.addEventListener("signed-in", ({ detail }) => {
  signOut.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(renew, Math.max(0, memory.over - Date.now() - EARLY_MS));
  if (isWhole(detail)) show(detail);
  else askAndShow(detail);
});

document.addEventListener("signed-out", ({ detail }) => {
  line.textContent = detail;
  signOut.hidden = true;
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") stillSignedIn();
});

signOut.addEventListener("click", async () => {
  try {
    await ask(LOGOUT);
  } catch {
    line.textContent = "Signing out failed, since the server did not answer: try again.";
    return;
  }
  forget("Signed out.");
  tabsOfThisBrowser.postMessage("ended");
});

tabsOfThisBrowser.addEventListener("message", () => {
  if (memory.accessToken !== null) forget("Signed out in another tab.");
});
