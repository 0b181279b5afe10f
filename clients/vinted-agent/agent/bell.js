// Listens whether work waits, over graphql-transport-ws; a hint only. Its messages keep the service worker awake.

import { DOCUMENTS } from "./documents.js";

const EVERY_MS = 20_000;
const QUERY = DOCUMENTS["adgraph-vinted-agent-bell"];

export class Bell {
  /**
   * @param {object} wanted
   * @param {string} wanted.origin
   * @param {string} wanted.token
   * @param {() => void} wanted.ring called when the server says that work waits
   * @param {new (url: string, protocol: string) => WebSocket} [wanted.Socket]
   */
  constructor({ origin, token, ring, Socket = WebSocket }) {
    this.token = token;
    this.ring = ring;
    this.socket = new Socket(`${origin.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
    this.socket.onopen = () => this.say({ type: "connection_init", payload: { authorization: `Bearer ${token}` } });
    this.socket.onmessage = (event) => this.hear(event.data);
    this.socket.onclose = () => this.end();
    this.socket.onerror = () => this.end();
    this.timer = setInterval(() => this.say({ type: "ping" }), EVERY_MS);
    this.isOver = false;
  }

  /** @param {object} message */
  say(message) {
    if (this.socket.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  /** @param {string} text */
  hear(text) {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    if (message?.type === "connection_ack") {
      this.say({ id: "bell", type: "subscribe", payload: { query: QUERY } });
    } else if (message?.type === "ping") {
      this.say({ type: "pong" });
    } else if (message?.type === "next" && message.payload?.data?.relayBell?.waiting > 0) {
      this.ring();
    } else if (message?.type === "error" || message?.type === "complete") {
      this.end();
    }
  }

  end() {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.timer);
    this.socket.close();
  }
}
