-- The trail: append-only, one chain for each writer over the roots of batches.

-- +goose Up

create table writer (num bigint generated always as identity primary key, id text not null unique);

-- The primary key keeps a chain from ever having two ends.
create table batch (
  writer bigint not null,
  seq    bigint not null,
  prev   bytea not null,
  root   bytea not null,
  at     bigint not null,
  count  bigint not null,
  primary key (writer, seq)
);

-- salt and content are null once they were erased by law; leaf stays, and so the chain still verifies.
create table event (
  writer  bigint not null,
  seq     bigint not null,
  place   bigint not null,
  leaf    bytea not null,
  salt    bytea,
  content bytea,
  person  bigint,
  at      bigint not null,
  primary key (writer, seq, place)
);
create index event_person on event (person, at) where person is not null;
