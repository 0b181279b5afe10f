// The page behind the extension's button: pairs, and shows what the agent does. It decides nothing.

import { serverOrigin } from "../agent/server.js";
import { noticeOf } from "../agent/words.js";

/** @param {string} id @returns {any} */
const part = (id) => document.getElementById(id);

/** @param {object} message @returns {Promise<{problem: string | null}>} */
const tell = (message) => chrome.runtime.sendMessage(message);

/** @param {string | null} text */
function warn(text) {
  part("notice").hidden = !text;
  part("notice").textContent = text ?? "";
}

/** @param {any} state */
function stateText(state) {
  if (state.isPaused) return "Paused: nothing is done until you go on.";
  if (state.work) {
    const { kind, at, steps } = state.work;
    const what = kind.toLowerCase().replaceAll("_", " ");
    return `At work (${what}): step ${Math.min(at + 1, steps.length)} of ${steps.length}.`;
  }
  return "Waiting for work.";
}

async function show() {
  const state = await chrome.storage.local.get(null);
  part("pairing").hidden = Boolean(state.pairing);
  part("paired").hidden = !state.pairing;
  if (state.notice) warn(noticeOf(state.notice.code, state.notice.detail).text);
  else if (state.pairing) warn(null);
  if (!state.pairing) return;
  part("channel").textContent = state.pairing.channelName;
  part("market").textContent = state.pairing.market;
  part("address").textContent = state.pairing.server;
  part("state").textContent = stateText(state);
  part("pause").textContent = state.isPaused ? "Go on" : "Pause";
  part("recent").replaceChildren(...(state.recent ?? []).map(row));
}

/** @param {{at: number, call: string, outcome: string}} line */
function row(line) {
  const found = document.createElement("tr");
  for (const text of [new Date(line.at).toLocaleTimeString(), line.call, line.outcome]) {
    found.append(Object.assign(document.createElement("td"), { textContent: text }));
  }
  return found;
}

part("pairing").addEventListener("submit", async (/** @type {Event} */ event) => {
  event.preventDefault();
  const [server, code] = [part("server").value, part("code").value.trim().toUpperCase()];
  const origin = serverOrigin(server);
  if (origin === null) return warn("That is no address of a server: https:// and its name is needed.");
  void tell({ order: "wish", server, code });
  // Chrome asks the person: the extension may speak with this server and with no other one. The pattern has no port.
  const { protocol, hostname } = new URL(origin);
  if (!(await chrome.permissions.request({ origins: [`${protocol}//${hostname}/*`] }))) {
    return warn("Without your permission the extension cannot speak with the server.");
  }
  part("pair").disabled = true;
  const { problem } = await tell({ order: "pair" });
  part("pair").disabled = false;
  await show();
  if (problem) warn(problem);
});
part("pause").addEventListener("click", async () => {
  const { isPaused } = await chrome.storage.local.get("isPaused");
  await tell({ order: "pause", isPaused: !isPaused });
});
part("forget").addEventListener("click", () => void tell({ order: "forget" }));
chrome.storage.onChanged.addListener(() => void show());
chrome.runtime.connect({ name: "popup" });
void show();
