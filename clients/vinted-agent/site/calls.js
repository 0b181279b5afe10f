// The table of the site's calls, with a version; must not send anything. None of it is documented by the site: every
// line is what public clients report, and is changed here alone when the site changes.

export const TABLE_VERSION = "2026-12-01";

/**
 * @typedef {object} SiteCall
 * @property {"GET" | "POST" | "PUT"} method
 * @property {string} path `{name}` stands for a number
 * @property {readonly string[]} [query] names of what may follow
 * @property {boolean} [isUnsafe] must not be repeated when nobody knows how it ended
 * @property {boolean} [isPage] answers a page, not JSON
 * @property {boolean} [isOwn] refused with 403 for what is not, or no longer, on sale: taken for not found
 */

/** @type {Readonly<Record<string, SiteCall>>} */
export const CALLS = Object.freeze({
  home: { method: "GET", path: "/", isPage: true },
  whoami: { method: "GET", path: "/api/v2/users/current" },
  wardrobe: { method: "GET", path: "/api/v2/wardrobe/{member}/items", query: ["page", "per_page", "order"] },
  item: { method: "GET", path: "/api/v2/item_upload/items/{id}", isOwn: true },
  photo: { method: "POST", path: "/api/v2/photos" },
  create: { method: "POST", path: "/api/v2/item_upload/items", isUnsafe: true },
  update: { method: "PUT", path: "/api/v2/item_upload/items/{id}", isOwn: true },
  delete: { method: "POST", path: "/api/v2/items/{id}/delete" },
  orders: { method: "GET", path: "/api/v2/my_orders", query: ["type", "status", "page", "per_page"] },
  order: { method: "GET", path: "/api/v2/transactions/{id}" },
  inbox: { method: "GET", path: "/api/v2/inbox", query: ["page", "per_page"] },
  conversation: { method: "GET", path: "/api/v2/conversations/{id}" },
  reply: { method: "POST", path: "/api/v2/conversations/{id}/replies", isUnsafe: true },
  catalogs: { method: "GET", path: "/api/v2/item_upload/catalogs" },
  conditions: { method: "GET", path: "/api/v2/item_upload/conditions", query: ["catalog_id"] },
  colours: { method: "GET", path: "/api/v2/item_upload/colors" },
  brands: { method: "GET", path: "/api/v2/item_upload/brands", query: ["category_id", "keyword"] },
  sizes: { method: "GET", path: "/api/v2/size_groups", query: ["catalog_ids"] },
  attributes: { method: "POST", path: "/api/v2/item_upload/attributes" },
  packageSizes: { method: "GET", path: "/api/v2/catalogs/{id}/package_sizes" },
});

/**
 * The path of a call with its query.
 * @param {SiteCall} call
 * @param {Record<string, string | number | undefined>} values
 */
export function pathOf(call, values) {
  const path = call.path.replace(/\{(\w+)\}/g, (_, name) => {
    const value = String(values[name] ?? "");
    if (!/^\d{1,20}$/.test(value)) throw new TypeError(`${name} is not a number of the site`);
    return value;
  });
  const query = new URLSearchParams();
  for (const name of call.query ?? []) {
    if (values[name] !== undefined) query.set(name, String(values[name]));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}
