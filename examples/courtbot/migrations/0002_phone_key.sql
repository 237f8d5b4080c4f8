-- Which PHONE_ENCRYPTION_KEY the sealed numbers belong to: its fingerprint, which does not reveal it.
CREATE TABLE phone_key (
  only_one    boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  fingerprint bytea NOT NULL
);
