-- The words of what officers may look for: statements, drafts, and minutes of the
-- party's own file. A view: it may be dropped and made again. What is not searched
-- yet is told by its column, so that whoever writes it pays next to nothing.
ALTER TABLE statement ADD COLUMN searched INTEGER NOT NULL DEFAULT 0;
ALTER TABLE draft ADD COLUMN searched INTEGER NOT NULL DEFAULT 0;
ALTER TABLE minute ADD COLUMN searched INTEGER NOT NULL DEFAULT 0;

CREATE INDEX statement_unsearched ON statement (ord) WHERE searched = 0;
CREATE INDEX draft_unsearched ON draft (id) WHERE searched = 0;
CREATE INDEX minute_unsearched ON minute (n) WHERE searched = 0;

-- A passage is one of them, or some thousand words of it; its words are in words.
CREATE TABLE passage (
	n      INTEGER PRIMARY KEY AUTOINCREMENT,
	source TEXT NOT NULL CHECK (source IN ('statement', 'draft', 'minute')),
	key    TEXT NOT NULL, -- its ord, id or n
	realm  TEXT NOT NULL,
	matter TEXT NOT NULL
) STRICT;

CREATE INDEX passage_key ON passage (source, key);

-- The words come folded, so the simplest tokenizer is the one that changes nothing.
-- Without a copy of them FTS5 could not take those of one passage out of its pages.
CREATE VIRTUAL TABLE words USING fts5 (folded, columnsize = 0, tokenize = "ascii tokenchars '-._%+:@~'");

INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
