-- Whether a matter is marked for some of its party's seats alone: they are few, and only
-- of them is a list asked who reads. Each line is made again.
ALTER TABLE agenda ADD COLUMN strict INTEGER NOT NULL DEFAULT 0;
UPDATE matter SET listed = -1;

CREATE INDEX agenda_strict ON agenda (realm, ref) WHERE strict = 1;
