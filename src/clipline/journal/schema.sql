-- The journal, version 1.4. One row a thing that happened; payloads are JSON. Times are seconds since 1970, UTC.
-- Minor versions may only add columns that can be null, indexes, triggers and tables; see migrations.py.

CREATE TABLE runs (
  id        TEXT PRIMARY KEY,          -- sorts by time: 20261122-131502-x7k2
  name      TEXT NOT NULL,
  pipeline  TEXT NOT NULL,             -- the file, or the name of a mapping
  backend   TEXT NOT NULL,
  status    TEXT NOT NULL,             -- queued, running, done, failed, cancelled, waiting
  exit      INTEGER,
  started   REAL NOT NULL,
  finished  REAL,
  folder    TEXT NOT NULL,
  epoch     INTEGER NOT NULL,          -- each process that takes the run up raises it; a write under an older one is refused
  snapshot  TEXT NOT NULL,             -- all that resume needs: sources, inputs, versions, hashes
  outputs   TEXT,
  errors    TEXT,
  row_key   TEXT,                      -- sha256 of what a row of a batch asks for; null: of no batch
  lost      TEXT,                      -- what of its history may be lost since the journal was mended; null: nothing
  number    INTEGER                    -- grows with each run: a clock may be set back
) WITHOUT ROWID;
CREATE INDEX runs_of_row ON runs (row_key) WHERE row_key IS NOT NULL;
CREATE INDEX runs_by_number ON runs (number);
CREATE TRIGGER number_of_run AFTER INSERT ON runs WHEN new.number IS NULL BEGIN
  UPDATE runs SET number = (SELECT coalesce(max(number), 0) + 1 FROM runs) WHERE id = new.id;
END;

CREATE TABLE attempts (
  run_id    TEXT NOT NULL,
  number    INTEGER NOT NULL,          -- grows with time within the run
  path      TEXT NOT NULL,             -- batch[2].remove
  attempt   INTEGER NOT NULL,          -- at this path, from 1 over the whole life of the run; 0 = skipped
  kind      TEXT NOT NULL,
  status    TEXT NOT NULL,             -- running, done, failed, skipped, cancelled, waiting, forgotten (to be done anew)
  started   REAL NOT NULL,
  finished  REAL,
  outputs   TEXT,
  artifacts TEXT,
  findings  TEXT,
  error     TEXT,
  changed   TEXT,                      -- the names in its scope's state that it changed; null: unknown
  PRIMARY KEY (run_id, number)
) WITHOUT ROWID;

CREATE TABLE scopes (
  run_id    TEXT NOT NULL,
  scope     TEXT NOT NULL,             -- '' is the pipeline, batch[2] an item
  state     TEXT NOT NULL,
  PRIMARY KEY (run_id, scope)
) WITHOUT ROWID;

CREATE TABLE effects (
  id          INTEGER PRIMARY KEY,
  run_id      TEXT NOT NULL,
  stage       TEXT NOT NULL,
  attempt     INTEGER NOT NULL,
  name        TEXT NOT NULL,
  digest      TEXT NOT NULL,           -- sha256 of the operation
  operation   TEXT NOT NULL,
  fingerprint TEXT NOT NULL,           -- of the remote state before
  estimate    INTEGER NOT NULL,        -- credits reserved
  deadline    REAL NOT NULL,           -- after this a send that was not answered can no longer take effect
  status      TEXT NOT NULL,           -- open, done, void (not to count: proved not to have happened, or see word), forgotten
  adopted     INTEGER NOT NULL DEFAULT 0,
  outcome     TEXT,
  created     REAL NOT NULL,
  finished    REAL,
  session     TEXT,                    -- what it changes, as one name for all runs
  word        TEXT                     -- resend, replay: the person's, who had it sent or done anew; its cost still counts
);
CREATE INDEX effects_of_run ON effects (run_id, stage, name);
-- Nothing is sent again while nobody knows how the last one ended.
CREATE UNIQUE INDEX one_open_effect ON effects (run_id, stage, name) WHERE status = 'open';

-- Two runs never change one session at once, nor while nobody knows how an earlier change ended.
CREATE UNIQUE INDEX one_open_session ON effects (session) WHERE status = 'open' AND session IS NOT NULL;

-- What was worked on without a pipeline file: a conversation with a backend, and where it stands.
CREATE TABLE conversations (
  backend   TEXT NOT NULL,
  base      TEXT NOT NULL,             -- the service's address; empty where there is none
  session   TEXT NOT NULL,             -- its id there; empty where there are none
  state     TEXT NOT NULL,
  run_id    TEXT NOT NULL,             -- the run that changed it last
  updated   REAL NOT NULL,
  PRIMARY KEY (backend, base, session)
) WITHOUT ROWID;

CREATE TABLE temporaries (
  run_id    TEXT NOT NULL,
  file      TEXT NOT NULL,
  PRIMARY KEY (run_id, file)
) WITHOUT ROWID;

-- A pattern is looked up once; a run that is taken up again sees the same files.
CREATE TABLE globs (
  run_id    TEXT NOT NULL,
  pattern   TEXT NOT NULL,
  found     TEXT NOT NULL,
  PRIMARY KEY (run_id, pattern)
) WITHOUT ROWID;

CREATE TABLE events (
  run_id    TEXT NOT NULL,
  sequence  INTEGER NOT NULL,
  time      REAL NOT NULL,
  type      TEXT NOT NULL,
  stage     TEXT NOT NULL,
  data      TEXT NOT NULL,
  PRIMARY KEY (run_id, sequence)
) WITHOUT ROWID;
