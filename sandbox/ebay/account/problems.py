"""Owns what the Account API says when it refuses."""

from sandbox.ebay.errors import EbayProblem

_DOMAIN = "API_ACCOUNT"
NOT_ELIGIBLE = EbayProblem(20403, 400, "Invalid .", _DOMAIN, long_message="User is not eligible for Business Policy.")
INVALID_MARKET = EbayProblem(20401, 400, "Missing or invalid marketplace_id.", _DOMAIN)
NO_POLICY = EbayProblem(20404, 404, "The policy was not found.", _DOMAIN)
INVALID_PROGRAM = EbayProblem(25802, 400, "Input error. The program type is invalid.", _DOMAIN)
OPTED_IN = EbayProblem(25803, 409, "The seller has opted in already.", _DOMAIN)
