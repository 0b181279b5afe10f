// Runs in the tab of the site, as a content script: sends one request as the page itself would, with the page's own
// cookies, which are never read, and its CSRF token. Chrome hands this function over as text: it must not use anything
// around it.

/**
 * @param {import("./caller.js").SiteRequest} request
 * @returns {Promise<any>}
 */
export async function sendFromPage(request) {
  const bytesOf = (/** @type {string} */ base64) => Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  const tokenOfPage = () => {
    const meta = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content");
    if (meta) return meta;
    for (const script of document.scripts) {
      const found = /\\*"CSRF_TOKEN\\*"\s*:\s*\\*"([^"\\]+)/.exec(script.textContent ?? "");
      if (found) return found[1];
    }
    return null;
  };
  const token = request.token ?? tokenOfPage();
  const page = { ageMs: Date.now() - performance.timeOrigin, hasToken: token !== null };
  if (Date.now() > request.startBy) return { failure: "NETWORK", message: "The tab was asleep.", page };
  /** @type {Record<string, string>} */
  const headers = { accept: request.isPage ? "text/html" : "application/json, text/plain, */*" };
  let body;
  if (request.file) {
    body = new FormData();
    for (const [name, value] of Object.entries(request.form ?? {})) body.append(name, value);
    const { field, name, type, base64 } = request.file;
    body.append(field, new Blob([bytesOf(base64)], { type }), name);
  } else if (request.json !== null) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(request.json);
  }
  if (request.method !== "GET" && token !== null) headers["x-csrf-token"] = token;
  try {
    const response = await fetch(request.path, {
      method: request.method,
      headers,
      body,
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(request.timeoutMs),
    });
    const text = await response.text();
    return {
      page,
      answer: {
        status: response.status,
        path: new URL(response.url || location.href).pathname,
        type: response.headers.get("content-type") ?? "",
        retryAfter: response.headers.get("retry-after"),
        text,
      },
    };
  } catch (error) {
    const isLate = /** @type {Error} */ (error).name === "TimeoutError";
    return { page, failure: isLate ? "TIMEOUT" : "NETWORK", message: String(/** @type {Error} */ (error).message) };
  }
}
