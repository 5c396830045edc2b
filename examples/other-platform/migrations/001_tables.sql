-- The tables of Aula. People, exams and questions come from the school's own systems and bring their ids along.

CREATE TABLE person (
  id       uuid PRIMARY KEY,
  login    text NOT NULL UNIQUE,
  -- scrypt$<n>$<r>$<p>$<salt, hex>$<hash, hex>
  secret   text NOT NULL,
  is_staff boolean NOT NULL DEFAULT false,
  name     text NOT NULL
);

CREATE TABLE exam (
  id         uuid PRIMARY KEY,
  title      text NOT NULL,
  opens      timestamptz NOT NULL,
  closes     timestamptz NOT NULL,
  minutes    numeric NOT NULL CHECK (minutes > 0),
  sheet_size integer NOT NULL CHECK (sheet_size > 0)
);

CREATE TABLE question (
  id      uuid PRIMARY KEY,
  exam_id uuid NOT NULL REFERENCES exam,
  subject text NOT NULL,
  wording text NOT NULL,
  choices text[] NOT NULL CHECK (cardinality(choices) BETWEEN 2 AND 8),
  -- Counted from 0.
  key     smallint NOT NULL,
  added   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX question_exam ON question (exam_id);

-- One person at one exam.
CREATE TABLE attempt (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  exam_id    uuid NOT NULL REFERENCES exam,
  person_id  uuid NOT NULL REFERENCES person,
  state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'finished', 'timed_out')),
  begun      timestamptz NOT NULL DEFAULT now(),
  deadline   timestamptz NOT NULL,
  ended      timestamptz,
  points     integer,
  max_points integer NOT NULL,
  UNIQUE (person_id, exam_id),
  CHECK ((state = 'open') = (ended IS NULL) AND (state = 'open') = (points IS NULL))
);
CREATE INDEX attempt_open ON attempt (deadline) WHERE state = 'open';

-- What a person was handed out: the order, and the key of that moment.
CREATE TABLE sheet_line (
  attempt_id  bigint NOT NULL REFERENCES attempt,
  line        integer NOT NULL CHECK (line > 0),
  question_id uuid NOT NULL REFERENCES question,
  key         smallint NOT NULL,
  PRIMARY KEY (attempt_id, question_id),
  UNIQUE (attempt_id, line)
);

-- The choice that counts: the last one that arrived.
CREATE TABLE answer (
  attempt_id  bigint NOT NULL,
  question_id uuid NOT NULL,
  choice      smallint,
  is_right    boolean,
  saved       timestamptz NOT NULL,
  PRIMARY KEY (attempt_id, question_id),
  FOREIGN KEY (attempt_id, question_id) REFERENCES sheet_line
);

-- What happened, for whoever asks afterwards. Written after the fact, in a transaction of its own.
CREATE TABLE journal (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  attempt_id  bigint NOT NULL REFERENCES attempt,
  person_id   uuid NOT NULL,
  what        text NOT NULL CHECK (what IN ('begun', 'answered', 'finished', 'timed_out')),
  question_id uuid,
  choice      smallint,
  at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX journal_attempt ON journal (attempt_id, what);

-- While an exam is written nobody may start the work that makes the server slow. The newest row counts.
CREATE TABLE exam_lock (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  enabled    boolean NOT NULL,
  reason     text NOT NULL,
  set_by     uuid NOT NULL REFERENCES person,
  changed_at timestamptz NOT NULL DEFAULT now()
);

-- The work that the lock is for.
CREATE TABLE ranking (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  exam_id    uuid NOT NULL REFERENCES exam,
  made_at    timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE ranking_place (
  ranking_id bigint NOT NULL REFERENCES ranking,
  attempt_id bigint NOT NULL REFERENCES attempt,
  place      integer NOT NULL,
  PRIMARY KEY (ranking_id, attempt_id)
);
CREATE TABLE announcement (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  wording    text NOT NULL,
  made_by    uuid NOT NULL REFERENCES person,
  made_at    timestamptz NOT NULL DEFAULT now()
);
