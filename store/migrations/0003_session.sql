-- Who is at the desk. None of it crosses a border. Of every secret (a cookie, a
-- link, a token, the handle of a ceremony) there is only the SHA-256.

CREATE TABLE person (
	id    TEXT    NOT NULL PRIMARY KEY, -- random: also the user handle of the person's passkeys
	name  TEXT    NOT NULL UNIQUE,
	roles TEXT    NOT NULL, -- with spaces between
	added INTEGER NOT NULL,
	ended INTEGER NOT NULL  -- 0 while the person works here
) STRICT;

-- A sitting: from when until when a person may work at a seat. Rows stay, so that a
-- seat of long ago still has its person.
CREATE TABLE sitting (
	person TEXT    NOT NULL REFERENCES person (id),
	seat   TEXT    NOT NULL,
	since  INTEGER NOT NULL,
	until  INTEGER NOT NULL, -- 0 while it lasts
	PRIMARY KEY (person, seat, since)
) STRICT;

CREATE UNIQUE INDEX sitting_now ON sitting (person, seat) WHERE until = 0;
CREATE INDEX sitting_seat ON sitting (seat, since);

CREATE TABLE passkey (
	id      BLOB    NOT NULL PRIMARY KEY,
	person  TEXT    NOT NULL REFERENCES person (id),
	name    TEXT    NOT NULL,
	rp      TEXT    NOT NULL,
	public  BLOB    NOT NULL CHECK (length(public) = 65),
	counter INTEGER NOT NULL CHECK (counter >= 0),
	body    BLOB    NOT NULL,
	added   INTEGER NOT NULL,
	used    INTEGER NOT NULL,
	revoked INTEGER NOT NULL
) STRICT;

CREATE INDEX passkey_person ON passkey (person);

-- An account at an issuer of OpenID Connect, or the key of a client certificate.
CREATE TABLE identity (
	kind   TEXT    NOT NULL CHECK (kind IN ('oidc', 'certificate')),
	name   TEXT    NOT NULL,
	person TEXT    NOT NULL REFERENCES person (id),
	added  INTEGER NOT NULL,
	PRIMARY KEY (kind, name)
) STRICT;

CREATE INDEX identity_person ON identity (person);

CREATE TABLE enrolment (
	hash    BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
	person  TEXT    NOT NULL REFERENCES person (id),
	seats   TEXT    NOT NULL,
	made    INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	used    INTEGER NOT NULL
) STRICT;

CREATE INDEX enrolment_person ON enrolment (person);

-- That two administrators agreed is a rule of the database itself.
CREATE TABLE recovery (
	id       TEXT    NOT NULL PRIMARY KEY,
	person   TEXT    NOT NULL REFERENCES person (id),
	reason   TEXT    NOT NULL,
	asked    TEXT    NOT NULL CHECK (asked <> person),
	at       INTEGER NOT NULL,
	approved TEXT    NOT NULL CHECK (approved <> asked AND approved <> person),
	done     INTEGER NOT NULL
) STRICT;

CREATE TABLE ceremony (
	hash    BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
	kind    TEXT    NOT NULL,
	body    BLOB    NOT NULL,
	expires INTEGER NOT NULL
) STRICT;

CREATE INDEX ceremony_expires ON ceremony (expires);

CREATE TABLE session (
	id       TEXT    NOT NULL PRIMARY KEY, -- for lists; it opens nothing
	hash     BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
	person   TEXT    NOT NULL REFERENCES person (id),
	seat     TEXT    NOT NULL,
	how      TEXT    NOT NULL,
	address  TEXT    NOT NULL,
	agent    TEXT    NOT NULL,
	begun    INTEGER NOT NULL,
	since    INTEGER NOT NULL, -- at this seat
	seen     INTEGER NOT NULL,
	asserted INTEGER NOT NULL,
	locked   INTEGER NOT NULL, -- since when; 0 if it is not, or nobody has looked since it was idle
	back     TEXT    NOT NULL,
	armed    INTEGER NOT NULL CHECK (armed IN (0, 1)),
	ended    INTEGER NOT NULL
) STRICT;

CREATE INDEX session_person ON session (person, begun);
CREATE INDEX session_seat ON session (seat, since);
CREATE INDEX session_begun ON session (begun) WHERE ended = 0;

CREATE TABLE attempt (
	name  TEXT    NOT NULL PRIMARY KEY,
	until INTEGER NOT NULL,
	n     INTEGER NOT NULL
) STRICT;

CREATE INDEX attempt_until ON attempt (until);

CREATE TABLE preference (
	person   TEXT    NOT NULL PRIMARY KEY REFERENCES person (id),
	language TEXT    NOT NULL,
	density  TEXT    NOT NULL,
	theme    TEXT    NOT NULL,
	keys     INTEGER NOT NULL CHECK (keys IN (0, 1))
) STRICT;

CREATE TABLE seen (
	person TEXT    NOT NULL REFERENCES person (id),
	realm  TEXT    NOT NULL,
	place  INTEGER NOT NULL,
	at     INTEGER NOT NULL,
	PRIMARY KEY (person, realm)
) STRICT;

CREATE TABLE saved_view (
	person TEXT    NOT NULL REFERENCES person (id),
	name   TEXT    NOT NULL,
	query  TEXT    NOT NULL,
	shared INTEGER NOT NULL CHECK (shared IN (0, 1)),
	PRIMARY KEY (person, name)
) STRICT;

CREATE INDEX saved_view_shared ON saved_view (name) WHERE shared = 1;

CREATE TABLE token (
	id      TEXT    NOT NULL PRIMARY KEY,
	hash    BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
	name    TEXT    NOT NULL,
	person  TEXT    NOT NULL, -- who made it
	seat    TEXT    NOT NULL,
	verbs   TEXT    NOT NULL, -- with line ends between
	made    INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	used    INTEGER NOT NULL,
	revoked INTEGER NOT NULL
) STRICT;
