// What the arguments of each operation must be: the extension believes nothing that the server sends; no calls here.

import { SiteFault } from "./faults.js";

/** @typedef {(value: unknown) => boolean} Check */

/** @type {Check} */
const id = (value) => typeof value === "string" && /^\d{1,20}$/.test(value);
/** @param {number} longest @returns {Check} */
const text = (longest) => (value) => typeof value === "string" && value.length > 0 && value.length <= longest;
/** @param {number} least @param {number} most @returns {Check} */
const whole = (least, most) => (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
/** @param {number} least @param {number} most @returns {Check} */
const ids = (least, most) => (value) =>
  Array.isArray(value) && value.length >= least && value.length <= most && value.every(id);
/** @type {Check} */
const price = (value) => {
  const money = /** @type {any} */ (value);
  return (
    money !== null &&
    typeof money === "object" &&
    typeof money.amount === "string" &&
    /^\d{1,7}(\.\d{1,2})?$/.test(money.amount) &&
    Number(money.amount) > 0 &&
    typeof money.currency === "string" &&
    /^[A-Z]{3}$/.test(money.currency)
  );
};
/** @param {readonly string[]} known @returns {Check} */
const oneOf = (known) => (value) => typeof value === "string" && known.includes(value);

export const MOST_PER_PAGE = 96;
export const TERM_KINDS = Object.freeze([
  "CATEGORY", "CONDITION", "COLOUR", "BRAND", "SIZE", "MATERIAL", "PACKAGE_SIZE",
]);
/** @type {Check} */
const uuid = (value) => typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
const page = { page: whole(1, 10_000), perPage: whole(1, MOST_PER_PAGE) };
const title = text(500);
const description = text(10_000);

/** Of each operation: what must be there, and what may. A `?` marks the latter. Other members are left out.
 * @type {Readonly<Record<string, Readonly<Record<string, Check>>>>} */
const SHAPES = Object.freeze({
  WHOAMI: {},
  LIST_ITEMS: page,
  GET_ITEM: { id },
  UPLOAD_PHOTO: { url: text(4_000), "session?": uuid },
  CREATE_ITEM: {
    title,
    description,
    price,
    categoryId: id,
    photoIds: ids(1, 20),
    "conditionId?": id,
    "brandId?": id,
    "brandName?": text(200),
    "sizeId?": id,
    "colourIds?": ids(0, 2),
    "materialIds?": ids(0, 3),
    "packageSizeId?": id,
    "session?": uuid,
  },
  UPDATE_ITEM: { id, "title?": title, "description?": description, "price?": price },
  DELETE_ITEM: { id },
  LIST_ORDERS: page,
  GET_ORDER: { id },
  LIST_CONVERSATIONS: page,
  GET_CONVERSATION: { id },
  SEND_MESSAGE: { conversationId: id, text: text(5_000) },
  LIST_TERMS: { kind: oneOf(TERM_KINDS), "parent?": id, "search?": text(100) },
});

/**
 * The arguments that the operation knows; raises SiteFault INVALID for what it cannot take.
 * @param {string} operation
 * @param {unknown} given
 * @returns {Record<string, any>}
 */
export function checkedArguments(operation, given) {
  const shape = Object.hasOwn(SHAPES, operation) ? SHAPES[operation] : undefined;
  const name = String(operation).slice(0, 40);
  if (!shape) throw new SiteFault("INVALID", `This extension does not know the operation ${name}.`);
  if (given === null || typeof given !== "object" || Array.isArray(given)) {
    throw new SiteFault("INVALID", `The arguments of ${operation} are not an object.`);
  }
  /** @type {Record<string, any>} */
  const known = {};
  for (const [key, isFit] of Object.entries(shape)) {
    const member = key.replace("?", "");
    const value = /** @type {Record<string, unknown>} */ (given)[member];
    if ((value === undefined || value === null) && key.endsWith("?")) continue;
    if (!isFit(value)) throw new SiteFault("INVALID", `The argument ${member} of ${operation} cannot be taken.`);
    known[member] = value;
  }
  return known;
}
