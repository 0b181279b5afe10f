// How the agent speaks with the server of Adgraph, and when its bell hangs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Bell } from "../../../clients/vinted-agent/agent/bell.js";
import { Server, ServerAway, serverOrigin, ServerRefused } from "../../../clients/vinted-agent/agent/server.js";
import { originOf } from "../../../clients/vinted-agent/agent/sites.js";

const ORIGIN = "https://adgraph.example.com";

function serverThat(answer) {
  const sent = [];
  const fetch = async (url, wanted) => {
    sent.push({ url, ...wanted });
    return await answer();
  };
  return { sent, server: new Server({ origin: ORIGIN, version: "1.0.0", token: "rel_1", fetch }) };
}

const json = (body, status = 200) => () => new Response(JSON.stringify(body), { status });

test("an address is taken with https, or of this machine", () => {
  assert.equal(serverOrigin(" adgraph.example.com "), ORIGIN);
  assert.equal(serverOrigin("https://adgraph.example.com/graphql?x"), ORIGIN);
  assert.equal(serverOrigin("localhost:8000"), "http://localhost:8000");
  assert.equal(serverOrigin("http://127.0.0.1:8000/"), "http://127.0.0.1:8000");
  for (const odd of ["", "  ", "http://adgraph.example.com", "ftp://x", "javascript:alert(1)", "https://a:b@x", "http://localhost.evil.example"]) {
    assert.equal(serverOrigin(odd), null, odd);
  }
});

test("a claim says which extension asks, with the token and without cookies", async () => {
  const { sent, server } = serverThat(json({ data: { claimRelayWork: { lease: null, retryAfter: 60, userErrors: [] } } }));
  assert.deepEqual(await server.claim(), { lease: null, retryAfter: 60, problem: null });
  const { variables, operationName } = JSON.parse(sent[0].body);
  assert.deepEqual([operationName, variables], ["ClaimRelayWork", { agentVersion: "1.0.0", protocol: 1 }]);
  assert.equal(sent[0].headers.authorization, "Bearer rel_1");
  assert.deepEqual([sent[0].credentials, sent[0].redirect], ["omit", "error"]);
});

test("a user error of a claim is told beside it, of the rest it is a refusal", async () => {
  const userErrors = [{ code: "AGENT_OUTDATED", message: "too old", retryAfter: null }];
  const claim = serverThat(json({ data: { claimRelayWork: { lease: null, retryAfter: 900, userErrors } } }));
  assert.equal((await claim.server.claim()).problem.code, "AGENT_OUTDATED");
  const pair = serverThat(json({ data: { pairRelay: { token: null, userErrors } } }));
  await assert.rejects(pair.server.pair("ABCDEFGH"), (error) => error instanceof ServerRefused && error.code === "AGENT_OUTDATED");
});

test("what passes by itself is waited for, the rest is a refusal", async () => {
  const away = [
    () => Promise.reject(new TypeError("Failed to fetch")),
    () => new Response("<html>502</html>", { status: 502 }),
    json({ errors: [{ message: "x", extensions: { code: "INTERNAL" } }] }),
    json({ errors: [{ message: "x", extensions: { code: "RATE_LIMITED" } }] }),
    json({ errors: [{ message: "x", extensions: { code: "WHATEVER" } }] }, 503),
    json({}),
  ];
  for (const answer of away) await assert.rejects(serverThat(answer).server.claim(), ServerAway);
  const refused = json({ errors: [{ message: "Sign in.", extensions: { code: "UNAUTHENTICATED" } }] }, 401);
  await assert.rejects(serverThat(refused).server.claim(), (error) => error instanceof ServerRefused && error.code === "UNAUTHENTICATED");
});

test("pictures are taken from the server alone, and not without end", async () => {
  const { sent, server } = serverThat(() => new Response(new Uint8Array(8), { headers: { "content-type": "image/png" } }));
  const found = await server.picture(`${ORIGIN}/files/a?x=1`, 8);
  assert.deepEqual([found.type, found.body.byteLength], ["image/png", 8]);
  assert.equal(sent[0].headers, undefined); // the token does not go along: the address is signed
  for (const url of ["https://evil.example/files/a", "http://adgraph.example.com/files/a", "//x", "", "data:image/png,x"]) {
    await assert.rejects(server.picture(url, 8), ServerRefused);
  }
  await assert.rejects(server.picture(`${ORIGIN}/files/a`, 7), ServerRefused);
  assert.equal(sent.length, 2);
});

test("a server of this machine has one name, and pictures come from the one that was typed", async () => {
  const sent = [];
  const fetch = async (url) => (sent.push(url), new Response(new Uint8Array(8)));
  const server = new Server({ origin: "http://localhost:8000", version: "1.0.0", fetch });
  await server.picture("http://127.0.0.1:8000/files/a?x=1", 8);
  assert.deepEqual(sent, ["http://localhost:8000/files/a?x=1"]);
  for (const url of ["http://127.0.0.1:8001/files/a", "https://127.0.0.1:8000/files/a", "http://localhost.evil.example:8000/files/a"]) {
    await assert.rejects(server.picture(url, 8), ServerRefused);
  }
});

test("a market is a site that the manifest allows", () => {
  const hosts = ["https://www.vinted.fr/*"];
  assert.equal(originOf("vinted.fr", { origin: null }, hosts), "https://www.vinted.fr");
  for (const market of ["vinted.de", "evil.example", "vinted.fr/x", "vinted.fr@evil.example"]) {
    assert.equal(originOf(market, { origin: null }, hosts), null);
  }
  assert.equal(originOf("vinted.fr", { origin: "http://127.0.0.1:8007" }, hosts), "http://127.0.0.1:8007");
});

class Socket {
  constructor(url, protocol) {
    Object.assign(this, { url, protocol, readyState: 1, sent: [], isClosed: false });
    Socket.last = this;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.isClosed = true;
    this.onclose?.();
  }
}

test("the bell rings when work waits, keeps the worker awake, and ends for good", (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  let rung = 0;
  const bell = new Bell({ origin: ORIGIN, token: "rel_1", ring: () => (rung += 1), Socket });
  const socket = Socket.last;
  assert.deepEqual([socket.url, socket.protocol], ["wss://adgraph.example.com/graphql", "graphql-transport-ws"]);
  const hear = (message) => socket.onmessage({ data: JSON.stringify(message) });
  const ring = (waiting) => hear({ id: "bell", type: "next", payload: { data: { relayBell: { waiting } } } });
  socket.onopen();
  hear({ type: "connection_ack" });
  socket.onmessage({ data: "no JSON" });
  hear({ type: "ping" });
  assert.deepEqual(socket.sent.map((each) => each.type), ["connection_init", "subscribe", "pong"]);
  assert.deepEqual(socket.sent[0].payload, { authorization: "Bearer rel_1" });
  ring(0);
  ring(2);
  assert.equal(rung, 1);
  context.mock.timers.tick(20_000);
  assert.equal(socket.sent.at(-1).type, "ping");
  bell.end();
  assert.ok(socket.isClosed && bell.isOver);
  const said = socket.sent.length;
  context.mock.timers.tick(60_000);
  assert.equal(socket.sent.length, said);
});
