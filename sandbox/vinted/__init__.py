"""A stand-in of the site of Vinted: pages for people, and the calls that its own pages make, as strict as those are.

Vinted has no public interface for private members. What is known of the calls comes from public clients of others;
docs/vinted-sandbox.md says how many of them agree on what.
"""
