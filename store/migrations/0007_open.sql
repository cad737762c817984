-- What is open is counted on every page. An index that lacks a column which the query
-- names is read beside the table, so SQLite took the one of all matters in its place:
-- of 100,000 matters with 1,000 open ones, 16 ms became 0.1 ms.
DROP INDEX agenda_open;
CREATE INDEX agenda_open ON agenda (realm, urgency, place, ref, state, priority, type, category, opened, peer, kind, is_open) WHERE is_open = 1;
