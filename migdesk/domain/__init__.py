"""What the field works with: records, code lists, rules, merging. Pure: no files, clock, Qt or SQL."""
