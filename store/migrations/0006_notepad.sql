-- What officers are writing and have not made a draft of. It never leaves the node.
-- The owner is a person at a seat, or the seat alone; the page is the form's.
CREATE TABLE notepad (
	owner   TEXT    NOT NULL,
	page    TEXT    NOT NULL,
	person  TEXT    NOT NULL REFERENCES person (id), -- who wrote it last
	version INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	body    TEXT    NOT NULL,

	-- What came from a window that had an older version: empty, or to be chosen between.
	rival        TEXT    NOT NULL,
	rival_person TEXT    NOT NULL,
	rival_at     INTEGER NOT NULL,
	PRIMARY KEY (owner, page)
) STRICT;

CREATE INDEX notepad_person ON notepad (person);
