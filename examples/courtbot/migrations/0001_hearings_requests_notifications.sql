-- What the court publishes. Rebuilt by every load, so nothing else may refer to it.
CREATE TABLE hearings (
  case_id   text NOT NULL,
  date      timestamptz NOT NULL,
  defendant text NOT NULL,
  room      text NOT NULL,
  type      text NOT NULL,
  PRIMARY KEY (case_id, date)
);

-- Who asked for what. A phone number is kept twice: as a keyed hash to look it up, sealed to text it.
CREATE TABLE requests (
  case_id      text NOT NULL,
  phone_hash   bytea NOT NULL,
  phone_sealed bytea NOT NULL,
  known_case   boolean NOT NULL,
  active       boolean NOT NULL DEFAULT true,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (case_id, phone_hash)
);

CREATE INDEX requests_of_phone ON requests (phone_hash) WHERE active;

-- One row for each text that is owed. The unique key is what keeps anybody from being texted twice.
CREATE TABLE notifications (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id    text NOT NULL,
  phone_hash bytea NOT NULL,
  type       text NOT NULL CHECK (type IN ('reminder', 'matched', 'expired')),
  event_date timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  claimed_at timestamptz NOT NULL,
  attempts   integer NOT NULL DEFAULT 1,
  sent_at    timestamptz,
  error      text,
  UNIQUE (case_id, phone_hash, type, event_date),
  FOREIGN KEY (case_id, phone_hash) REFERENCES requests ON DELETE CASCADE
);
