// What each operation of the protocol does at the site: which calls, in which order; must not know how they are sent.

import { SiteFault } from "./faults.js";
import * as results from "./results.js";

/**
 * @typedef {object} Caller what an operation is given to work with
 * @property {string} origin of the site
 * @property {() => Promise<{id: string, name: string}>} member who is signed in
 * @property {(name: string, values?: Record<string, any>, content?: object) => Promise<any>} call the body of an answer
 * @property {(url: string) => Promise<{body: ArrayBuffer, type: string}>} picture
 * @property {() => string} session what pictures and their item have in common, where the server names nothing
 */

/** @typedef {(caller: Caller, args: Record<string, any>) => Promise<Record<string, any>>} Act */

/** @type {Act} */
async function listItems(caller, { page, perPage }) {
  const { id } = await caller.member();
  const body = await caller.call("wardrobe", { member: id, page, per_page: perPage, order: "newest_first" });
  return results.itemsOf(body, caller.origin, page);
}

/** @type {Act} */
async function getItem(caller, { id }) {
  return results.itemOf(await caller.call("item", { id }), caller.origin);
}

/** @type {Act} */
async function uploadPhoto(caller, { url, session }) {
  const { body, type } = await caller.picture(url);
  const form = { "photo[type]": "item", "photo[temp_uuid]": session ?? caller.session() };
  const file = { field: "photo[file]", name: "photo.jpg", type, body };
  const answer = await caller.call("photo", {}, { form, file });
  return { id: made(answer, "photo") };
}

/** @type {Act} */
async function createItem(caller, args) {
  const numbers = (/** @type {string[] | undefined} */ ids) => (ids ?? []).map(Number);
  const attributes = [];
  if (args.conditionId) attributes.push({ code: "condition", ids: [Number(args.conditionId)] });
  if (args.materialIds?.length) attributes.push({ code: "material", ids: numbers(args.materialIds) });
  const session = args.session ?? caller.session();
  const item = {
    id: null,
    title: args.title,
    description: args.description,
    price: Number(args.price.amount),
    currency: args.price.currency,
    catalog_id: Number(args.categoryId),
    brand_id: args.brandId ? Number(args.brandId) : null,
    brand: args.brandName ?? null,
    size_id: args.sizeId ? Number(args.sizeId) : null,
    color_ids: numbers(args.colourIds),
    package_size_id: args.packageSizeId ? Number(args.packageSizeId) : null,
    item_attributes: attributes,
    assigned_photos: args.photoIds.map((/** @type {string} */ id) => ({ id: Number(id), orientation: 0 })),
    temp_uuid: session,
  };
  const answer = await caller.call("create", {}, { json: { item, upload_session_id: session } });
  return { id: made(answer, "item") };
}

/** @param {any} answer @param {string} name */
function made(answer, name) {
  const id = results.madeId(answer, name);
  // It may have been done: the server has to look.
  if (id === undefined) throw new SiteFault("SERVER_ERROR", "The site's answer does not tell the id of what was made.");
  return id;
}

/** The item is read and written back whole, since what is left out would be cleared.
 * @type {Act} */
async function updateItem(caller, { id, title, description, price }) {
  const { item } = await caller.call("item", { id });
  if (results.idOf(item?.id) !== id) throw new SiteFault("SERVER_ERROR", "The site's answer has no item.");
  const session = caller.session();
  const whole = writable(item);
  const changed = {
    ...whole,
    title: title ?? whole.title,
    description: description ?? whole.description,
    price: price ? Number(price.amount) : whole.price,
    currency: price?.currency ?? whole.currency,
    temp_uuid: session,
  };
  await caller.call("update", { id }, { json: { item: changed, upload_session_id: session } });
  return { id };
}

const KEPT = [
  "id", "title", "description", "currency", "catalog_id", "brand_id", "size_id", "package_size_id", "item_attributes",
  "isbn", "is_unisex", "measurement_length", "measurement_width", "manufacturer", "manufacturer_labelling",
  "shipment_prices", "model", "video_game_rating_id",
];

/** What the site takes of an item that it has told. @param {Record<string, any>} item @returns {Record<string, any>} */
function writable(item) {
  const kept = Object.fromEntries(KEPT.filter((name) => item[name] !== undefined).map((name) => [name, item[name]]));
  const price = typeof item.price === "object" && item.price !== null ? item.price : { amount: item.price };
  const photos = Array.isArray(item.photos) ? item.photos : [];
  return {
    ...kept,
    price: Number(price.amount),
    currency: item.currency ?? price.currency_code,
    brand: item.brand_dto?.title ?? item.brand ?? null,
    color_ids: item.color_ids ?? [item.color1_id, item.color2_id].filter((each) => Number.isInteger(each)),
    assigned_photos: photos.map((photo) => ({ id: photo.id, orientation: photo.orientation ?? 0 })),
  };
}

/** What is gone already is done. @type {Act} */
async function deleteItem(caller, { id }) {
  try {
    await caller.call("delete", { id }, { json: {} });
  } catch (error) {
    if (!(error instanceof SiteFault) || error.code !== "NOT_FOUND") throw error;
  }
  return { id };
}

/** @type {Act} */
async function listOrders(caller, { page, perPage }) {
  return results.ordersOf(await caller.call("orders", { type: "sold", status: "all", page, per_page: perPage }), page);
}

/** @type {Act} */
async function getOrder(caller, { id }) {
  return results.orderOf(await caller.call("order", { id }), caller.origin);
}

/** @type {Act} */
async function listConversations(caller, { page, perPage }) {
  return results.conversationsOf(await caller.call("inbox", { page, per_page: perPage }), page);
}

/** @type {Act} */
async function getConversation(caller, { id }) {
  const member = await caller.member();
  return results.conversationOf(await caller.call("conversation", { id }), member.id);
}

/** @type {Act} */
async function sendMessage(caller, { conversationId, text }) {
  const reply = { body: text, photo_temp_uuids: null, is_personal_data_sharing_check_skipped: false };
  const answer = await caller.call("reply", { id: conversationId }, { json: { reply } });
  const id = results.madeId(answer, "message");
  return id === undefined ? {} : { id };
}

/** @type {Act} */
async function listTerms(caller, { kind, parent, search }) {
  const terms = await TERMS[kind](caller, parent, search);
  const wanted = search?.toLowerCase();
  return { terms: wanted ? terms.filter((each) => each.name.toLowerCase().includes(wanted)) : terms };
}

/** @typedef {(caller: Caller, parent?: string, search?: string) => Promise<Record<string, any>[]>} Terms */

/** @type {Readonly<Record<string, Terms>>} */
const TERMS = Object.freeze({
  CATEGORY: async (caller, parent) => {
    const tree = await catalogs(caller);
    const node = parent === undefined ? { catalogs: tree } : found(tree, parent);
    if (!node) throw new SiteFault("NOT_FOUND", "The site has no such category.");
    return results.termsOf(node.catalogs ?? [], parent);
  },
  CONDITION: async (caller, parent) => {
    const body = await caller.call("conditions", { catalog_id: parent ?? (await anyLeaf(caller)) });
    return results.termsOf(results.rowsIn(body, "conditions"), parent);
  },
  COLOUR: async (caller) => results.termsOf(results.rowsIn(await caller.call("colours"), "colors"), undefined),
  BRAND: async (caller, parent, search) => {
    const body = await caller.call("brands", { category_id: parent, keyword: search });
    return results.termsOf(results.rowsIn(body, "brands"), parent);
  },
  SIZE: async (caller, parent) => {
    const body = await caller.call("sizes", { catalog_ids: parent ?? (await anyLeaf(caller)) });
    return results.rowsIn(body, "size_groups").flatMap((group) => results.termsOf(group.sizes ?? [], parent));
  },
  MATERIAL: async (caller, parent) => {
    const value = [Number(parent ?? (await anyLeaf(caller)))];
    const body = await caller.call("attributes", {}, { json: { attributes: [{ code: "category", value }] } });
    const material = results.rowsIn(body, "attributes").find((each) => each.code === "material");
    const groups = material?.configuration?.options ?? [];
    return groups.flatMap((/** @type {any} */ group) => results.termsOf(group.options ?? [group], parent));
  },
  PACKAGE_SIZE: async (caller, parent) => {
    const body = await caller.call("packageSizes", { id: parent ?? (await anyLeaf(caller)) });
    return results.termsOf(results.rowsIn(body, "package_sizes"), parent);
  },
});

/** @param {Caller} caller */
async function catalogs(caller) {
  return results.rowsIn(await caller.call("catalogs"), "catalogs");
}

/** The site tells some terms of a category alone; where none is named, they are those of the first one.
 * @param {Caller} caller */
async function anyLeaf(caller) {
  let [node] = await catalogs(caller);
  while (node?.catalogs?.length) [node] = node.catalogs;
  const id = results.idOf(node?.id);
  if (id === undefined) throw new SiteFault("SERVER_ERROR", "The site tells no category.");
  return id;
}

/** @param {Record<string, any>[]} nodes @param {string} id @returns {Record<string, any> | undefined} */
function found(nodes, id) {
  for (const node of nodes) {
    if (results.idOf(node?.id) === id) return node;
    const below = found(node?.catalogs ?? [], id);
    if (below) return below;
  }
  return undefined;
}

/** @type {Readonly<Record<string, Act>>} */
export const OPERATIONS = Object.freeze({
  WHOAMI: (caller) => caller.member(),
  LIST_ITEMS: listItems,
  GET_ITEM: getItem,
  UPLOAD_PHOTO: uploadPhoto,
  CREATE_ITEM: createItem,
  UPDATE_ITEM: updateItem,
  DELETE_ITEM: deleteItem,
  LIST_ORDERS: listOrders,
  GET_ORDER: getOrder,
  LIST_CONVERSATIONS: listConversations,
  GET_CONVERSATION: getConversation,
  SEND_MESSAGE: sendMessage,
  LIST_TERMS: listTerms,
});
