// Turns what the site answers into the results of the protocol; must not call the site. What cannot be read of one row
// is left out of that row alone: the server says which rows it could not take.

import { SiteFault } from "./faults.js";

/** @typedef {Record<string, any>} Row */

const LONGEST_TEXT = 20_000;

/** @param {unknown} value @returns {string | undefined} */
export function idOf(value) {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return String(value);
  return typeof value === "string" && /^\d{1,20}$/.test(value) ? value : undefined;
}

/** @param {unknown} value @returns {string | undefined} */
function textOf(value) {
  return typeof value === "string" ? value.slice(0, LONGEST_TEXT) : undefined;
}

/** @param {unknown} value @returns {number | undefined} */
function countOf(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}

/** @param {unknown} value `{amount, currency_code}`, or an amount alone @param {unknown} [currency] */
export function moneyOf(value, currency) {
  const isWhole = typeof value === "object" && value !== null;
  const { amount, code } = isWhole ? bare(/** @type {Row} */ (value)) : { amount: value, code: currency };
  const text = typeof amount === "number" && Number.isFinite(amount) ? amount.toFixed(2) : amount;
  if (typeof text !== "string" || !/^\d{1,9}(\.\d{1,4})?$/.test(text)) return undefined;
  return typeof code === "string" && /^[A-Z]{3}$/.test(code) ? { amount: text, currency: code } : undefined;
}

/** @param {Row} value */
function bare(value) {
  return { amount: value.amount, code: value.currency_code ?? value.currency };
}

/** @param {unknown} value seconds since 1970, or a text of ISO 8601 @returns {string | undefined} */
export function instantOf(value) {
  const isSeconds = typeof value === "number" || (typeof value === "string" && /^\d{9,11}$/.test(value));
  const found = isSeconds ? new Date(Number(value) * 1000) : typeof value === "string" ? new Date(value) : undefined;
  return found && !Number.isNaN(found.getTime()) ? found.toISOString() : undefined;
}

/** Without the members that are not known. @param {Row} row @returns {Row} */
function known(row) {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

/** @param {unknown} body @param {string} name @returns {Row} */
function objectIn(body, name) {
  const found = /** @type {Row} */ (body)?.[name];
  if (found === null || typeof found !== "object" || Array.isArray(found)) throw strange(name);
  return found;
}

/** @param {unknown} body @param {string} name @returns {Row[]} */
function rowsIn(body, name) {
  const found = /** @type {Row} */ (body)?.[name];
  if (!Array.isArray(found)) throw strange(name);
  return found.map((row) => (row !== null && typeof row === "object" ? row : {}));
}

/** @param {string} name */
function strange(name) {
  return new SiteFault("SERVER_ERROR", `The site's answer has no ${name}: it may have changed its form.`);
}

/**
 * A page of a list in the protocol's form.
 * @param {Row} body @param {string} theirs @param {string} ours @param {(row: Row) => Row} one @param {number} page
 */
function pageOf(body, theirs, ours, one, page) {
  const rows = rowsIn(body, theirs).map(one);
  const total = countOf(body.pagination?.total_pages);
  if (total === undefined) throw strange("pagination");
  return { [ours]: rows, page, totalPages: total };
}

/** @param {Row} body */
export function memberOf(body) {
  const user = objectIn(body, "user");
  const id = idOf(user.id);
  if (id === undefined) throw new SiteFault("SIGNED_OUT", "The site has nobody signed in.");
  return { id, name: textOf(user.login) ?? id };
}

/** @param {Row} row */
function itemStatus(row) {
  if (row.is_draft) return "DRAFT";
  if (row.is_closed) return "SOLD";
  if (row.is_hidden) return "HIDDEN";
  if (row.is_reserved) return "RESERVED";
  return "LIVE";
}

/** @param {string} origin @returns {(row: Row) => Row} */
export function itemReader(origin) {
  return (row) => {
    const id = idOf(row.id);
    const photo = Array.isArray(row.photos) ? row.photos.find((each) => each?.is_main) ?? row.photos[0] : row.photo;
    return known({
      id,
      title: textOf(row.title),
      price: moneyOf(row.price, row.currency),
      status: itemStatus(row),
      url: addressOf(origin, row.url ?? row.path ?? (id === undefined ? undefined : `/items/${id}`)),
      photoUrl: textOf(photo?.url ?? photo?.full_size_url),
      description: textOf(row.description),
      views: countOf(row.view_count),
      favourites: countOf(row.favourite_count),
      createdAt: instantOf(row.created_at_ts ?? row.created_at),
    });
  };
}

/** @param {string} origin @param {unknown} text an address or a path of the site */
function addressOf(origin, text) {
  if (typeof text !== "string") return undefined;
  try {
    const url = new URL(text, origin);
    return url.origin === origin ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Row} body @param {string} origin @param {number} page */
export function itemsOf(body, origin, page) {
  return pageOf(body, "items", "items", itemReader(origin), page);
}

/** @param {Row} body @param {string} origin */
export function itemOf(body, origin) {
  const item = itemReader(origin)(objectIn(body, "item"));
  if (item.id === undefined) throw strange("item");
  return item;
}

/** Of an answer to a creation: the id of what was made. @param {Row} body @param {string} name */
export function madeId(body, name) {
  return idOf(body?.[name]?.id) ?? idOf(body?.id);
}

/** @param {Row} body @param {number} page */
export function ordersOf(body, page) {
  return pageOf(body, "my_orders", "orders", orderRow, page);
}

/** @param {Row} row */
function orderRow(row) {
  return known({
    id: idOf(row.transaction_id ?? row.id),
    updatedAt: instantOf(row.updated_at ?? row.updated_at_ts),
    status: statusText(row.transaction_user_status ?? row.status),
  });
}

/** @param {unknown} value */
function statusText(value) {
  const text = typeof value === "number" ? String(value) : textOf(value);
  return text ? text.slice(0, 80).toUpperCase() : "UNKNOWN";
}

/** What a number of a transaction's status is below, in the order of their size. Unconfirmed.
 * @type {readonly (readonly [number, string])[]} */
const STAGES = [[230, "AWAITING_PAYMENT"], [250, "PAID"], [450, "SHIPPED"], [500, "COMPLETED"], [600, "CANCELLED"]];

// Below it a buyer has only asked. Unconfirmed.
const FIRST_STAGE = 100;

/** @param {Row} sale */
function orderStatus(sale) {
  const number = Number(sale.status);
  if (sale.status === null || sale.status === undefined || !Number.isFinite(number)) return statusText(sale.status);
  const stage = number < FIRST_STAGE ? undefined : STAGES.find(([end]) => number < end);
  return stage?.[1] ?? statusText(number);
}

/** @param {Row} body @param {string} origin */
export function orderOf(body, origin) {
  const sale = objectIn(body, "transaction");
  const id = idOf(sale.id);
  if (id === undefined) throw strange("transaction");
  const offer = sale.offer ?? {};
  const shipment = sale.shipment ?? {};
  return known({
    id,
    status: orderStatus(sale),
    placedAt: instantOf(sale.debit_processed_at ?? sale.created_at ?? sale.created_at_ts),
    updatedAt: instantOf(sale.updated_at ?? sale.status_updated_at),
    item: soldThings(sale),
    total: moneyOf(offer.price ?? sale.price, sale.currency),
    shipping: moneyOf(shipment.price, sale.currency),
    buyer: known({ handle: textOf(sale.buyer?.login), country: countryOf(sale.buyer) }),
    refunds: Array.isArray(sale.refunds) ? sale.refunds.map(refundOf) : undefined,
    tracking: trackingOf(shipment),
    url: talkAddress(origin, idOf(sale.user_msg_thread_id ?? sale.conversation_id)),
  });
}

/** @param {string} origin @param {string | undefined} id */
function talkAddress(origin, id) {
  return id === undefined ? undefined : addressOf(origin, `/inbox/${id}`);
}

/** @param {Row} sale */
function soldThings(sale) {
  const rows = sale.order?.items ?? sale.items ?? [sale.item];
  if (!Array.isArray(rows)) return [];
  return rows
    .filter((row) => row !== null && typeof row === "object")
    .map((row) => {
      const price = moneyOf(row.price, row.currency ?? sale.currency);
      return known({ id: idOf(row.id ?? row.item_id), title: textOf(row.title), price });
    });
}

/** @param {Row} buyer */
function countryOf(buyer) {
  const code = buyer?.country_iso_code ?? buyer?.country_code;
  return typeof code === "string" && /^[A-Za-z]{2}$/.test(code) ? code.toUpperCase() : undefined;
}

/** @param {Row} row */
function refundOf(row) {
  const amount = moneyOf(row?.amount, row?.currency);
  return known({ id: idOf(row?.id), amount, at: instantOf(row?.created_at ?? row?.at) });
}

/** @param {Row} shipment */
function trackingOf(shipment) {
  const found = known({
    carrier: textOf(shipment.carrier?.name ?? shipment.carrier_name),
    code: textOf(shipment.tracking_code),
  });
  return Object.keys(found).length ? found : undefined;
}

/** @param {Row} body @param {number} page */
export function conversationsOf(body, page) {
  return pageOf(body, "conversations", "conversations", conversationRow, page);
}

/** @param {Row} row */
function conversationRow(row) {
  return known({
    id: idOf(row.id),
    with: textOf(row.opposite_user?.login) ?? "",
    isUnread: Boolean(row.unread),
    updatedAt: instantOf(row.updated_at ?? row.updated_at_ts),
    itemId: idOf(row.item_id ?? row.transaction?.item_id),
  });
}

/** @param {Row} body @param {string} memberId */
export function conversationOf(body, memberId) {
  const talk = objectIn(body, "conversation");
  const row = conversationRow(talk);
  if (row.id === undefined) throw strange("conversation");
  // What comes by itself, such as a change of the order's state, is no message of a person.
  const said = rowsIn(talk, "messages").filter((each) => each.entity_type === "message");
  const messages = said.map((each) => messageOf(each, memberId));
  return known({ ...row, orderId: orderIdOf(talk.transaction), messages });
}

/** A transaction has a number before anything is bought: then it is no order. @param {Row | null | undefined} sale */
function orderIdOf(sale) {
  const number = Number(sale?.status);
  return Number.isFinite(number) && number >= FIRST_STAGE ? idOf(sale?.id) : undefined;
}

/** @param {Row} row @param {string} memberId */
function messageOf(row, memberId) {
  const said = row.entity ?? {};
  return known({
    id: idOf(row.id ?? said.id),
    fromUs: idOf(said.user_id) === memberId,
    text: textOf(said.body) ?? "",
    sentAt: instantOf(row.created_at_ts ?? said.created_at_ts ?? said.created_at),
  });
}

/** @param {Row[]} rows @param {string | undefined} parent */
export function termsOf(rows, parent) {
  return rows
    .map((row) => {
      const name = textOf(row.title) ?? textOf(row.name);
      return known({ id: idOf(row.id), name, parent, isLeaf: !row.catalogs?.length });
    })
    .filter((row) => row.id !== undefined && row.name !== undefined);
}

export { rowsIn };
