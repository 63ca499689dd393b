"""The tables of full-text search, which only SQLite has; in SQL, for no declaration can say them. No queries here."""

DDL = (
    "CREATE TABLE search_entry (n INTEGER PRIMARY KEY, record BLOB NOT NULL, digest BLOB NOT NULL)",
    "CREATE UNIQUE INDEX uq_search_entry_record ON search_entry (record, n)",
    "CREATE VIRTUAL TABLE search_text USING fts5(text, content='', contentless_delete=1, detail=none, prefix='2 3')",
)
"""`search_entry` names the record of each text by its number and keeps a digest of it; `search_text` only finds."""
