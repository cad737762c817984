-- Who let a person in or made them an administrator, and when the last time: added,
-- linked, attached an account to, or gave the role. A recovery needs two whom no one
-- hand made. Of what was before this nobody knows.
CREATE TABLE vouched (
	person  TEXT    NOT NULL REFERENCES person (id),
	voucher TEXT    NOT NULL, -- a person, or the console
	at      INTEGER NOT NULL,
	PRIMARY KEY (person, voucher)
) STRICT;
