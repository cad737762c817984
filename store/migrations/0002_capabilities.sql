-- Requests of every type, and what never crosses a border.

ALTER TABLE matter ADD COLUMN type TEXT NOT NULL DEFAULT '';
ALTER TABLE matter ADD COLUMN category TEXT NOT NULL DEFAULT '';
ALTER TABLE matter ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0;

CREATE INDEX matter_opened ON matter (realm, opened);

-- A minute is an entry in the party's own file: a note, a screening, a domestic
-- order, a disclosure. It is never changed; what it is about is its scope, such as
-- "live US-2026-000042", a draft, or the party itself.
CREATE TABLE minute (
	n     INTEGER PRIMARY KEY AUTOINCREMENT,
	scope TEXT    NOT NULL,
	kind  TEXT    NOT NULL,
	name  TEXT    NOT NULL, -- what it is found by, within its kind
	seat  TEXT    NOT NULL,
	at    INTEGER NOT NULL,
	body  BLOB    NOT NULL
) STRICT;

CREATE INDEX minute_scope ON minute (scope, kind, n);
CREATE INDEX minute_name ON minute (kind, name, n);

-- A figure is what a review counts of one matter: a view, made again when the
-- matter changed after it.
CREATE TABLE figure (
	realm   TEXT    NOT NULL,
	ref     TEXT    NOT NULL,
	peer    TEXT    NOT NULL,
	opened  INTEGER NOT NULL,
	changed INTEGER NOT NULL, -- the matter's, when it was made; -1 if it is not settled
	body    BLOB    NOT NULL,
	PRIMARY KEY (realm, ref)
) STRICT;

CREATE INDEX figure_opened ON figure (realm, peer, opened);

-- A trace is the hash of an identifier, or of a piece of a text, that a request of
-- ours names: by it alone is seen that we asked before.
CREATE TABLE trace (
	name  TEXT    NOT NULL,
	realm TEXT    NOT NULL,
	ref   TEXT    NOT NULL,
	lo    INTEGER NOT NULL, -- of an identifier: its period, in seconds
	hi    INTEGER NOT NULL,
	print INTEGER NOT NULL, -- of a text
	PRIMARY KEY (name, realm, ref, lo, hi, print)
) STRICT;
