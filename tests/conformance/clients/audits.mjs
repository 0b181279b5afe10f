// The audits of npm's graphql-http: `node audits.mjs URL` prints one JSON object with the outcome of each.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
// A GET needs a header that a page of another site cannot send without being asked first; the audits know nothing of it.
const fetchFn = (address, options = {}) =>
  fetch(address, { ...options, headers: { "graphql-require-preflight": "1", ...options.headers } });
const outcomes = {};
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn();
  outcomes[audit.name] = result.status === "ok" ? "ok" : `${result.status}: ${result.reason}`;
}
console.log(JSON.stringify(outcomes));
