-- The agenda: of each matter, what a list shows of it, in the order in which things
-- are due. It is a view, made again when the matter was written after it: listed is
-- the version that it was made of. Those that differ are few, and have an index.
ALTER TABLE matter ADD COLUMN listed INTEGER NOT NULL DEFAULT -1;

CREATE INDEX matter_unlisted ON matter (realm, ref) WHERE listed <> version;

CREATE TABLE agenda (
	realm    TEXT    NOT NULL,
	ref      TEXT    NOT NULL,
	urgency  INTEGER NOT NULL CHECK (urgency IN (0, 1, 2)), -- it has a due time; something is owed; nothing is
	place    INTEGER NOT NULL, -- within that: when it is due, or the last changed first
	peer     TEXT    NOT NULL,
	kind     TEXT    NOT NULL,
	state    TEXT    NOT NULL,
	is_open  INTEGER NOT NULL CHECK (is_open IN (0, 1)),
	priority TEXT    NOT NULL,
	type     TEXT    NOT NULL,
	category TEXT    NOT NULL,
	opened   INTEGER NOT NULL,
	unsigned INTEGER NOT NULL, -- when a sole release of ours must be countersigned; 0 if none waits
	waits    TEXT    NOT NULL, -- what a change of it would be seen by, beside a writing of the matter; empty if nothing
	ruled    INTEGER NOT NULL CHECK (ruled IN (0, 1)), -- it depends on the guidelines in force
	body     BLOB    NOT NULL,
	PRIMARY KEY (realm, ref),
	FOREIGN KEY (realm, ref) REFERENCES matter (realm, ref) ON DELETE CASCADE
) STRICT;

-- With all that a list may choose by: it reads the rows that it shows, and no other.
CREATE INDEX agenda_order ON agenda (realm, urgency, place, ref, is_open, state, priority, type, category, opened, peer, kind);
CREATE INDEX agenda_open ON agenda (realm, urgency, place, ref, state, priority, type, category, opened, peer, kind) WHERE is_open = 1;
CREATE INDEX agenda_unsigned ON agenda (unsigned) WHERE unsigned > 0;
CREATE INDEX agenda_waits ON agenda (realm, ref) WHERE waits <> '';
