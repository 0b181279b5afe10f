// Which calls each operation makes of the site, and what it makes of the answers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { CALLS, pathOf } from "../../../clients/vinted-agent/site/calls.js";
import { OPERATIONS } from "../../../clients/vinted-agent/site/operations.js";
import { SiteFault } from "../../../clients/vinted-agent/site/faults.js";
import { checkedArguments } from "../../../clients/vinted-agent/site/arguments.js";
import { instantOf, moneyOf } from "../../../clients/vinted-agent/site/results.js";

const ORIGIN = "https://www.vinted.fr";
const EUR = (amount) => ({ amount, currency_code: "EUR" });

/** Does an operation with answers by the name of a call; answers what it found out and what it called. */
async function does(operation, args, answers) {
  const called = [];
  const caller = {
    origin: ORIGIN,
    member: async () => ({ id: "7", name: "amber" }),
    session: () => "uploads-1",
    picture: async () => ({ body: new ArrayBuffer(3), type: "image/png" }),
    call: async (name, values = {}, content = {}) => {
      called.push({ name, path: pathOf(CALLS[name], values), ...content });
      const answer = answers[name];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { result: await OPERATIONS[operation](caller, checkedArguments(operation, args)), called };
}

const fails = (code) => (error) => error instanceof SiteFault && error.code === code;

test("a page of the wardrobe is the member's own, and ends where the site says", async () => {
  const items = [
    { id: 5, title: "Vase", price: EUR("12.5"), url: "/items/5-vase", photos: [{ url: "a" }, { url: "b", is_main: true }], view_count: 3, favourite_count: 1, created_at_ts: 1_790_000_000 },
    { id: 6, title: "Coat", price: EUR("9.0"), is_closed: true },
    { id: 7, is_reserved: true },
    { id: 8, is_hidden: 1 },
    { id: 9, is_draft: true },
    null,
  ];
  const answers = { wardrobe: { items, pagination: { total_pages: 4 } } };
  const { result, called } = await does("LIST_ITEMS", { page: 2, perPage: 96 }, answers);
  assert.equal(called[0].path, "/api/v2/wardrobe/7/items?page=2&per_page=96&order=newest_first");
  assert.deepEqual([result.page, result.totalPages], [2, 4]);
  assert.deepEqual(result.items[0], {
    id: "5", title: "Vase", price: { amount: "12.5", currency: "EUR" }, status: "LIVE", url: `${ORIGIN}/items/5-vase`,
    photoUrl: "b", views: 3, favourites: 1, createdAt: "2026-09-21T14:13:20.000Z",
  });
  assert.deepEqual(result.items.map((each) => each.status), ["LIVE", "SOLD", "RESERVED", "HIDDEN", "DRAFT", "LIVE"]);
  assert.equal(result.items[5].id, undefined); // an odd row stays a row: the server tells of it
});

test("a list without its end is no list", async () => {
  for (const body of [{ items: [] }, { items: {}, pagination: { total_pages: 1 } }, { pagination: { total_pages: 1 } }, null]) {
    await assert.rejects(does("LIST_ITEMS", { page: 1, perPage: 96 }, { wardrobe: body }), fails("SERVER_ERROR"));
  }
});

test("an address of another site is left out", async () => {
  const item = { id: 5, url: "https://evil.example/items/5" };
  assert.equal((await does("GET_ITEM", { id: "5" }, { item: { item } })).result.url, undefined);
});

test("a picture goes out as a form of the page", async () => {
  const { result, called } = await does("UPLOAD_PHOTO", { url: "https://a/files/1" }, { photo: { id: 33 } });
  assert.deepEqual(result, { id: "33" });
  assert.deepEqual(called[0].form, { "photo[type]": "item", "photo[temp_uuid]": "uploads-1" });
  assert.deepEqual([called[0].file.field, called[0].file.type], ["photo[file]", "image/png"]);
});

test("pictures and their item belong together by what the server names", async () => {
  const session = "0b9f6c1e-7a50-4f4e-9d0c-1f2e3d4c5b6a";
  const photo = await does("UPLOAD_PHOTO", { url: "https://a/files/1", session }, { photo: { id: 33 } });
  assert.equal(photo.called[0].form["photo[temp_uuid]"], session);
  const item = await does("CREATE_ITEM", { ...NEW, session }, { create: { item: { id: 5 } } });
  assert.equal(item.called[0].json.item.temp_uuid, session);
  await assert.rejects(does("UPLOAD_PHOTO", { url: "https://a/files/1", session: "x" }, {}), fails("INVALID"));
});

const NEW = {
  title: "Vase", description: "Blue (V-1)", price: { amount: "12.50", currency: "EUR" }, categoryId: "1936", conditionId: "6",
  brandId: "1", brandName: "None", colourIds: ["9"], materialIds: ["150"], packageSizeId: "1", photoIds: ["33", "34"],
  somethingNew: "is ignored",
};

test("an item is put up with everything that was said of it", async () => {
  const { result, called } = await does("CREATE_ITEM", NEW, { create: { item: { id: 5 } } });
  assert.deepEqual(result, { id: "5" });
  const { item, upload_session_id: session } = called[0].json;
  assert.equal(session, item.temp_uuid);
  assert.deepEqual(item.assigned_photos, [{ id: 33, orientation: 0 }, { id: 34, orientation: 0 }]);
  assert.deepEqual(item.item_attributes, [{ code: "condition", ids: [6] }, { code: "material", ids: [150] }]);
  assert.deepEqual([item.price, item.currency, item.catalog_id, item.color_ids, item.size_id], [12.5, "EUR", 1936, [9], null]);
  assert.equal("somethingNew" in item, false);
});

test("an answer without the id of what was made leaves it open whether it was made", async () => {
  await assert.rejects(does("CREATE_ITEM", NEW, { create: {} }), fails("SERVER_ERROR"));
  await assert.rejects(does("UPLOAD_PHOTO", { url: "https://a/files/1" }, { photo: { id: "x" } }), fails("SERVER_ERROR"));
});

test("a change reads the item and writes it back whole", async () => {
  const item = {
    id: 5, title: "Vase", description: "Blue", price: EUR("12.0"), currency: "EUR", catalog_id: 1936, brand_id: 1,
    brand_dto: { id: 1, title: "None" }, color1_id: 9, color2_id: null, package_size_id: 1, isbn: null, view_count: 9,
    item_attributes: [{ code: "condition", ids: [6] }], photos: [{ id: 33, orientation: 90 }],
  };
  const change = { id: "5", price: { amount: "9.99", currency: "EUR" } };
  const { called } = await does("UPDATE_ITEM", change, { item: { item }, update: { item: { id: 5 } } });
  assert.deepEqual(called.map((each) => each.name), ["item", "update"]);
  const written = called[1].json.item;
  assert.equal(written.price, 9.99);
  assert.deepEqual(
    [written.title, written.description, written.catalog_id, written.color_ids, written.brand, written.assigned_photos],
    ["Vase", "Blue", 1936, [9], "None", [{ id: 33, orientation: 90 }]],
  );
  assert.equal("view_count" in written, false);
});

test("another item than the one asked for is not written back", async () => {
  await assert.rejects(does("UPDATE_ITEM", { id: "5", title: "New" }, { item: { item: { id: 6 } } }), fails("SERVER_ERROR"));
});

test("what is gone already is deleted", async () => {
  assert.deepEqual((await does("DELETE_ITEM", { id: "5" }, { delete: {} })).result, { id: "5" });
  const gone = new SiteFault("NOT_FOUND", "gone");
  assert.deepEqual((await does("DELETE_ITEM", { id: "5" }, { delete: gone })).result, { id: "5" });
  await assert.rejects(does("DELETE_ITEM", { id: "5" }, { delete: new SiteFault("FORBIDDEN", "no") }), fails("FORBIDDEN"));
});

test("conversations tell who wrote what", async () => {
  const said = (id, user_id, body) => ({ id, entity_type: "message", entity: { user_id, body }, created_at_ts: "2026-11-01T10:00:00Z" });
  const conversation = {
    id: 3, opposite_user: { login: "buyer" }, unread: true, updated_at: "2026-11-01T10:00:00Z", transaction: { id: 9, item_id: 5, status: 230 },
    messages: [said(1, 8, "Still there?"), said(2, 7, "Yes"), { id: 4, entity_type: "status_message", entity: {} }],
  };
  const { result } = await does("GET_CONVERSATION", { id: "3" }, { conversation: { conversation } });
  assert.deepEqual(result.messages.map((each) => [each.id, each.fromUs, each.text]), [["1", false, "Still there?"], ["2", true, "Yes"]]);
  assert.deepEqual([result.with, result.isUnread, result.itemId, result.orderId], ["buyer", true, "5", "9"]);
});

test("what a buyer only asks for is no order, though it has a number", async () => {
  const conversation = { id: 3, transaction: { id: 9, item_id: 5, status: 1 }, messages: [] };
  const { result } = await does("GET_CONVERSATION", { id: "3" }, { conversation: { conversation } });
  assert.deepEqual([result.itemId, result.orderId], ["5", undefined]);
});

test("a message goes out as it is", async () => {
  const { result, called } = await does("SEND_MESSAGE", { conversationId: "3", text: "Yes,\nit is." }, { reply: { message: { id: 4 } } });
  assert.equal(called[0].path, "/api/v2/conversations/3/replies");
  assert.equal(called[0].json.reply.body, "Yes,\nit is.");
  assert.deepEqual(result, { id: "4" });
  assert.deepEqual((await does("SEND_MESSAGE", { conversationId: "3", text: "x" }, { reply: {} })).result, {});
});

test("categories come level by level, and other terms of the first category where none is named", async () => {
  const catalogs = { catalogs: [{ id: 1, title: "Home", catalogs: [{ id: 2, title: "Vases", catalogs: [] }] }] };
  const top = await does("LIST_TERMS", { kind: "CATEGORY" }, { catalogs });
  assert.deepEqual(top.result.terms, [{ id: "1", name: "Home", isLeaf: false }]);
  const below = await does("LIST_TERMS", { kind: "CATEGORY", parent: "1" }, { catalogs });
  assert.deepEqual(below.result.terms, [{ id: "2", name: "Vases", parent: "1", isLeaf: true }]);
  await assert.rejects(does("LIST_TERMS", { kind: "CATEGORY", parent: "3" }, { catalogs }), fails("NOT_FOUND"));
  const conditions = { conditions: [{ id: 6, title: "New" }, { id: 1, title: "Good" }] };
  const { result, called } = await does("LIST_TERMS", { kind: "CONDITION", search: "goo" }, { catalogs, conditions });
  assert.deepEqual(result.terms, [{ id: "1", name: "Good", isLeaf: true }]);
  assert.equal(called[1].path, "/api/v2/item_upload/conditions?catalog_id=2");
});

test("money and instants are read in each form that is known, and nothing else", () => {
  assert.deepEqual(moneyOf({ amount: "12.50", currency_code: "EUR" }), { amount: "12.50", currency: "EUR" });
  assert.deepEqual(moneyOf(12.5, "EUR"), { amount: "12.50", currency: "EUR" });
  for (const odd of [null, {}, { amount: "12,50", currency_code: "EUR" }, { amount: "1", currency_code: "euro" }, "x", NaN, [], { amount: "-1", currency_code: "EUR" }]) {
    assert.equal(moneyOf(odd, "EUR"), undefined, JSON.stringify(odd));
  }
  assert.equal(instantOf(1_790_000_000), "2026-09-21T14:13:20.000Z");
  assert.equal(instantOf("1790000000"), "2026-09-21T14:13:20.000Z");
  assert.equal(instantOf("2026-11-01T12:00:00+02:00"), "2026-11-01T10:00:00.000Z");
  for (const odd of [null, "", "soon", {}, NaN, Infinity]) assert.equal(instantOf(odd), undefined);
});

test("a path takes numbers alone", () => {
  for (const id of ["", "5/delete", "..", "%2e", "5?x", undefined]) assert.throws(() => pathOf(CALLS.item, { id }));
  assert.equal(pathOf(CALLS.brands, { keyword: "a&b" }), "/api/v2/item_upload/brands?keyword=a%26b");
});
