-- Requests of every type, and what never crosses a border.

ALTER TABLE matter ADD COLUMN type TEXT NOT NULL DEFAULT '';
ALTER TABLE matter ADD COLUMN category TEXT NOT NULL DEFAULT '';
ALTER TABLE matter ADD COLUMN secret INTEGER NOT NULL DEFAULT 0;
ALTER TABLE matter ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0;

-- With all that a list or a count of a period is of, so that it reads few rows.
CREATE INDEX matter_opened ON matter (realm, opened, type, priority, category, opener);

-- What the parties have settled between them is looked for among many requests.
CREATE INDEX matter_kind ON matter (kind, realm, changed, ref);

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

-- Each writing of a matter gives it another version; measured is the version that
-- its figure is of. Those that differ are few, and have an index of their own.
ALTER TABLE matter ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE matter ADD COLUMN measured INTEGER NOT NULL DEFAULT -1;

CREATE INDEX matter_restricted ON matter (realm, ref) WHERE restricted = 1;
CREATE INDEX matter_stale ON matter (realm, ref) WHERE measured <> version AND type <> '';

-- A figure is what a review counts of one matter: a view, made again when the
-- matter was written after it.
CREATE TABLE figure (
	realm  TEXT    NOT NULL,
	ref    TEXT    NOT NULL,
	peer   TEXT    NOT NULL,
	opened INTEGER NOT NULL,
	last   INTEGER NOT NULL, -- when a review need not look at it any more; of one that has not ended, the largest number
	body   BLOB    NOT NULL,
	PRIMARY KEY (realm, ref)
) STRICT;

CREATE INDEX figure_alive ON figure (realm, peer, last, opened);

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
