-- The record of a node. Written as SQLite reads it; migrate.go says which words
-- PostgreSQL has for the types. A zero hash is an empty BLOB, a zero time is 0,
-- other times are milliseconds since 1970, and nothing is ever NULL.

CREATE TABLE channel (
	id    BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
	peer  TEXT NOT NULL,
	realm TEXT NOT NULL,
	state BLOB NOT NULL
) STRICT;

CREATE TABLE item (
	channel    BLOB    NOT NULL REFERENCES channel (id),
	epoch      INTEGER NOT NULL CHECK (epoch >= 0),
	mine       INTEGER NOT NULL CHECK (mine IN (0, 1)),
	seq        INTEGER NOT NULL CHECK (seq >= 0),
	hash       BLOB    NOT NULL CHECK (length(hash) = 32),
	header     BLOB    NOT NULL,
	sigs       BLOB    NOT NULL,
	control    BLOB    NOT NULL,
	statements INTEGER NOT NULL,
	upto       INTEGER NOT NULL, -- of a receipt, else -1
	at         INTEGER NOT NULL,
	PRIMARY KEY (channel, epoch, mine, seq)
) STRICT;

CREATE INDEX item_receipt ON item (channel, epoch, mine, seq) WHERE upto >= 0;
CREATE INDEX item_upto ON item (channel, epoch, mine, upto, seq) WHERE upto >= 0;

-- The stored hashes of a stream's Merkle tree, numbered as x/mod/sumdb/tlog does.
CREATE TABLE loghash (
	channel BLOB    NOT NULL,
	epoch   INTEGER NOT NULL,
	mine    INTEGER NOT NULL,
	i       INTEGER NOT NULL CHECK (i >= 0),
	hash    BLOB    NOT NULL CHECK (length(hash) = 32),
	PRIMARY KEY (channel, epoch, mine, i)
) STRICT, WITHOUT ROWID;

CREATE TABLE statement (
	ord      INTEGER PRIMARY KEY AUTOINCREMENT,
	id       BLOB    NOT NULL CHECK (length(id) = 32),
	channel  BLOB    NOT NULL REFERENCES channel (id),
	epoch    INTEGER NOT NULL CHECK (epoch >= 0),
	seq      INTEGER NOT NULL CHECK (seq >= -1), -- -1 until numbered
	i        INTEGER NOT NULL CHECK (i >= 0),
	mine     INTEGER NOT NULL CHECK (mine IN (0, 1)),
	realm    TEXT    NOT NULL,
	matter   TEXT    NOT NULL,
	author   TEXT    NOT NULL,
	kind     TEXT    NOT NULL,
	move     INTEGER NOT NULL CHECK (move IN (0, 1)),
	manifest BLOB    NOT NULL,
	sigs     BLOB    NOT NULL,
	class    TEXT    NOT NULL,
	signer1  TEXT    NOT NULL,
	signer2  TEXT    NOT NULL,
	signers  TEXT    NOT NULL, -- the third and later, with spaces between
	reason   TEXT    NOT NULL,
	due      INTEGER NOT NULL,
	seen     INTEGER NOT NULL,
	status   TEXT    NOT NULL CHECK (status IN ('ready', 'returned', 'placed', 'refused')),
	code     TEXT    NOT NULL,
	effect   TEXT    NOT NULL CHECK (effect IN ('', 'applied', 'fact', 'stale', 'crossed', 'disallowed')),
	crossed  BLOB    NOT NULL CHECK (length(crossed) IN (0, 32)),
	at       INTEGER NOT NULL,
	released INTEGER NOT NULL,
	received INTEGER NOT NULL,

	UNIQUE (id, channel),

	-- It has a number when it is placed, and only then.
	CHECK ((status IN ('ready', 'returned')) = (seq = -1)),
	CHECK (mine = 1 OR seq >= 0),

	-- Nothing leaves, and nothing that came takes effect, without the signers its
	-- class demands: a fault in the program must not be able to release.
	CHECK (mine = 0 AND status = 'refused'
		OR class = 'dual' AND signer1 <> '' AND signer2 <> '' AND signer1 <> signer2
		OR class = 'sole_emergency' AND signer1 <> '' AND reason <> '' AND due <> 0
		OR class = 'seat' AND signer1 <> '')
) STRICT;

CREATE UNIQUE INDEX statement_place ON statement (channel, epoch, mine, seq, i) WHERE seq >= 0;
CREATE INDEX statement_matter ON statement (realm, matter);
CREATE INDEX statement_queue ON statement (status, channel, ord) WHERE status <> 'placed';

-- Of the statement in one channel: nobody's copy stands for another's. What is
-- forgotten and comes again finds its parts as they are, and erased ones stay so.
CREATE TABLE part (
	channel   BLOB    NOT NULL CHECK (length(channel) = 32),
	statement BLOB    NOT NULL CHECK (length(statement) = 32),
	n         INTEGER NOT NULL,
	name      TEXT    NOT NULL,
	type      TEXT    NOT NULL,
	salt      BLOB    NOT NULL,
	body      BLOB    NOT NULL,
	erased    INTEGER NOT NULL CHECK (erased = 0 OR length(salt) = 0 AND length(body) = 0),
	PRIMARY KEY (statement, channel, n)
) STRICT;

CREATE TABLE file (
	channel     BLOB    NOT NULL,
	statement   BLOB    NOT NULL,
	n           INTEGER NOT NULL,
	name        TEXT    NOT NULL,
	type        TEXT    NOT NULL,
	size        INTEGER NOT NULL,
	cipher      BLOB    NOT NULL CHECK (length(cipher) = 32),
	cipher_size INTEGER NOT NULL,
	box         BLOB    NOT NULL,
	mine        INTEGER NOT NULL CHECK (mine IN (0, 1)),
	stored      INTEGER NOT NULL CHECK (stored IN (0, 1)),
	receipt     BLOB    NOT NULL CHECK (length(receipt) IN (0, 32)),
	receipt_at  INTEGER NOT NULL,
	PRIMARY KEY (statement, channel, n),
	FOREIGN KEY (statement, channel) REFERENCES statement (id, channel)
) STRICT;

CREATE INDEX file_cipher ON file (cipher);
CREATE INDEX file_waiting ON file (channel, mine) WHERE length(receipt) = 0;

CREATE TABLE matter (
	realm    TEXT    NOT NULL,
	ref      TEXT    NOT NULL,
	channel  BLOB    NOT NULL,
	peer     TEXT    NOT NULL,
	opener   TEXT    NOT NULL,
	kind     TEXT    NOT NULL,
	state    TEXT    NOT NULL,
	is_open  INTEGER NOT NULL CHECK (is_open IN (0, 1)),
	title    TEXT    NOT NULL,
	tlp      TEXT    NOT NULL,
	priority TEXT    NOT NULL,
	opened   INTEGER NOT NULL,
	changed  INTEGER NOT NULL,
	PRIMARY KEY (realm, ref)
) STRICT;

CREATE INDEX matter_changed ON matter (realm, changed, ref);
CREATE INDEX matter_open ON matter (realm, changed, ref) WHERE is_open = 1;

CREATE TABLE serial (
	realm TEXT    NOT NULL,
	year  INTEGER NOT NULL,
	n     INTEGER NOT NULL CHECK (n BETWEEN 1 AND 999999),
	PRIMARY KEY (realm, year)
) STRICT;

CREATE TABLE draft (
	id       TEXT    NOT NULL PRIMARY KEY,
	realm    TEXT    NOT NULL,
	matter   TEXT    NOT NULL,
	peer     TEXT    NOT NULL,
	kind     TEXT    NOT NULL,
	manifest BLOB    NOT NULL,
	sigs     BLOB    NOT NULL,
	body     BLOB    NOT NULL,
	parts    BLOB    NOT NULL,
	meta     BLOB    NOT NULL,
	author   TEXT    NOT NULL,
	status   TEXT    NOT NULL CHECK (status IN ('draft', 'approved', 'released', 'returned', 'dropped')),
	created  INTEGER NOT NULL,
	changed  INTEGER NOT NULL
) STRICT;

CREATE INDEX draft_status ON draft (status, created, id);

CREATE TABLE party (
	party     TEXT NOT NULL PRIMARY KEY,
	state     TEXT NOT NULL CHECK (state IN ('pending', 'confirmed', 'active', 'frozen', 'halted')),
	genesis   BLOB NOT NULL CHECK (length(genesis) IN (0, 32)),
	name_en   TEXT NOT NULL,
	name_zh   TEXT NOT NULL,
	data      BLOB NOT NULL,
	confirmed BLOB NOT NULL
) STRICT;

CREATE TABLE entry (
	party   TEXT    NOT NULL,
	type    TEXT    NOT NULL CHECK (type IN ('chain', 'roster', 'prekey', 'profile')),
	channel BLOB    NOT NULL CHECK (length(channel) IN (0, 32)),
	n       INTEGER NOT NULL CHECK (n >= 0),
	hash    BLOB    NOT NULL CHECK (length(hash) = 32),
	bytes   BLOB    NOT NULL,
	sigs    BLOB    NOT NULL,
	box     BLOB    NOT NULL,
	PRIMARY KEY (party, type, channel, n)
) STRICT;

CREATE INDEX entry_hash ON entry (hash);

CREATE TABLE journal (
	n    INTEGER NOT NULL PRIMARY KEY,
	at   INTEGER NOT NULL,
	kind TEXT    NOT NULL,
	who  TEXT    NOT NULL,
	what TEXT    NOT NULL,
	prev BLOB    NOT NULL CHECK (length(prev) IN (0, 32)),
	hash BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- One row: the last entry, so that a cut-off tail shows.
CREATE TABLE journal_head (
	one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	n    INTEGER NOT NULL,
	hash BLOB    NOT NULL CHECK (length(hash) IN (0, 32))
) STRICT;

INSERT INTO journal_head (one, n, hash) VALUES (1, 0, CAST('' AS BLOB));

CREATE TABLE lease (
	name   TEXT    NOT NULL PRIMARY KEY,
	holder TEXT    NOT NULL,
	until  INTEGER NOT NULL
) STRICT;

CREATE TABLE meta (
	key   TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;
