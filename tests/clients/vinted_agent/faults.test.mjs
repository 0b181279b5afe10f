// What the site's refusals mean.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bodyOf, SiteFault } from "../../../clients/vinted-agent/site/faults.js";

const answer = (status, text, more = {}) => ({ status, text, path: "/api/v2/x", type: "", retryAfter: null, ...more });
const json = (status, body, more) => answer(status, JSON.stringify(body), more);

/** @returns {SiteFault} */
function fault(found, call) {
  try {
    bodyOf(found, call);
  } catch (error) {
    if (error instanceof SiteFault) return error;
    throw error;
  }
  throw new Error("it was no fault");
}

test("each refusal has its code", () => {
  const cases = [
    [json(401, {}), "SIGNED_OUT"],
    [json(403, { message_code: "invalid_authentication_token" }), "SIGNED_OUT"],
    [answer(200, "<html>Sign in</html>", { path: "/member/login" }), "SIGNED_OUT"],
    [answer(200, "<html>Sign in</html>", { path: "/member/signup/select_type" }), "SIGNED_OUT"],
    [json(403, { message_code: "access_denied", message: "Denied." }), "FORBIDDEN"],
    [answer(403, "<html>Not here.</html>"), "FORBIDDEN"],
    [answer(403, "<html><script src='https://ct.captcha-delivery.com/c.js'></script></html>"), "CHALLENGE"],
    [json(403, { url: "https://geo.captcha-delivery.com/captcha/?x" }), "CHALLENGE"],
    [answer(200, "<html>Please solve this challenge</html>"), "CHALLENGE"],
    [json(404, {}), "NOT_FOUND"],
    [answer(404, "<html>Nothing</html>"), "NOT_FOUND"],
    [json(429, {}), "RATE_LIMITED"],
    [answer(500, "oops"), "SERVER_ERROR"],
    [answer(502, "<html>bad gateway</html>"), "SERVER_ERROR"],
    [answer(200, "<html>fine</html>"), "SERVER_ERROR"],
    [answer(200, "[1]"), "SERVER_ERROR"],
    [answer(200, ""), "SERVER_ERROR"],
    [json(400, { code: 99 }), "INVALID"],
    [json(422, {}), "INVALID"],
  ];
  for (const [found, code] of cases) assert.equal(fault(found).code, code, `${found.status} ${found.text}`);
});

test("the site's words about fields are handed on, at a length", () => {
  const errors = [{ field: "title", value: "is too short" }, { value: "Choose a category." }, null, { field: "x", value: 5 }];
  const found = fault(json(400, { errors, message: "Invalid." }));
  assert.equal(found.message, "title: is too short Choose a category.");
  assert.equal(found.httpStatus, 400);
  assert.equal(fault(json(400, { errors: "no list", message: "Invalid." })).message, "Invalid.");
  assert.equal(fault(json(400, { message: "x".repeat(9_999) })).message.length, 500);
});

test("how long to wait is told in seconds, or not at all", () => {
  assert.equal(fault(json(429, {}, { retryAfter: "90" })).retryAfter, 90);
  for (const retryAfter of [null, "", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "-5", "1e3"]) {
    assert.equal(fault(json(429, {}, { retryAfter })).retryAfter, null);
  }
});

test("what only its owner may read is not found once that is refused", () => {
  const refused = json(403, { message_code: "access_denied", message: "This item is sold." });
  assert.equal(fault(refused, { isOwn: true }).code, "NOT_FOUND");
  assert.equal(fault(answer(403, "<html>no</html>"), { isOwn: true }).code, "FORBIDDEN");
});

test("a success is its body; a page is its text", () => {
  assert.deepEqual(bodyOf(json(201, { id: 1 })), { id: 1 });
  assert.equal(bodyOf(answer(200, "<html>"), { isPage: true }), "<html>");
});
