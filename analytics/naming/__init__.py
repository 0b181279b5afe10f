"""What names of campaigns, ad sets and ads say: templates, overrides, and the tags that follow from both; pure."""
