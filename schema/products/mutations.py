"""The mutations on products."""

import strawberry

from resolvers.products import ad_links, changes, images
from schema.field import field
from schema.imports import ImportReportPayload
from schema.ok_payload import OkPayload
from schema.products.product import ProductPayload, ProductsPayload


@strawberry.type
class ProductMutations:
    create_product: ProductPayload | None = field(
        changes.create_product,
        description="Makes a product with the status DRAFT. ALREADY_EXISTS for a SKU that another one has, "
        "QUOTA_EXCEEDED where the plan has no room. Needs EDIT_CATALOG.",
    )
    update_product: ProductPayload | None = field(
        changes.update_product,
        description="Changes what `input` names. CONFLICT: somebody else has changed it since `expectedVersion`. Live "
        "listings follow another quantity by jobs; in anything else they only differ. Needs EDIT_CATALOG.",
    )
    import_products: ImportReportPayload | None = field(
        changes.import_products,
        description="Reads a CSV file: a line makes the product with its `sku`, or changes what the columns name of "
        "it. An empty field changes nothing. A day in `cost_from` gives the cost also to lines of orders from that day "
        "on that know none. Sending the same file twice changes nothing. One import of a team runs at once. Needs "
        "EDIT_CATALOG.",
        weight=50,
    )
    set_product_status: ProductsPayload | None = field(
        changes.set_product_status,
        description="At most 1,000, each for itself: those that may not change are user errors, the others change. "
        "DRAFT becomes PUBLISHED or ARCHIVED, PUBLISHED becomes SOLD or ARCHIVED, SOLD becomes PUBLISHED or ARCHIVED; "
        "ARCHIVED is final, and PUBLISHED needs a quantity above 0. Live listings of what becomes SOLD or ARCHIVED are "
        "ended by jobs. Needs EDIT_CATALOG.",
    )
    set_product_ads: ProductPayload | None = field(
        ad_links.set_product_ads,
        description="Says by hand which ads advertise a product, at most 1,000 to add and as many to remove; all of "
        "them, or none. A link that is removed does not come back by itself. Needs EDIT_CATALOG.",
    )
    add_product_image: ProductPayload | None = field(
        images.add_product_image,
        description="Puts a picture behind those that the product has, at most 24: JPEG, PNG or WebP by its content, "
        "each side 200 pixels or more, at most 50 megapixels. It is turned upright, made at most 2,000 pixels long and "
        "written anew as JPEG, without its metadata; transparency becomes white, and of an animation the first frame "
        "is taken. A picture with the same bytes as another one of the product changes nothing. FILE_INVALID for any "
        "other file. Needs EDIT_CATALOG.",
        weight=20,
    )
    arrange_product_images: ProductPayload | None = field(
        images.arrange_product_images,
        description="Gives the pictures of a product another order. Needs EDIT_CATALOG.",
    )
    delete_product_image: OkPayload | None = field(
        images.delete_product_image,
        description="Deletes a picture; those behind it move up. Needs EDIT_CATALOG.",
    )
    delete_product: OkPayload | None = field(
        changes.delete_product,
        description="It is marked, counts for no plan any more and is erased after 30 days; its orders stay. Needs "
        "EDIT_CATALOG.",
    )
    restore_product: ProductPayload | None = field(
        changes.restore_product,
        description="Within 30 days of its deletion. CONFLICT where another product has its SKU by now, QUOTA_EXCEEDED "
        "where the plan has no room. Needs EDIT_CATALOG.",
    )
