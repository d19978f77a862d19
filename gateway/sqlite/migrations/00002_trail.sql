-- The trail: append-only, one chain for each writer over the roots of batches.

-- +goose Up

create table writer (num integer primary key, id text not null unique) strict;

create table batch (
  writer integer not null,
  seq    integer not null,
  prev   blob not null,
  root   blob not null,
  at     integer not null,
  count  integer not null,
  primary key (writer, seq)
) strict, without rowid;

-- salt and content are null once they were erased by law; leaf stays, and so the chain still verifies.
create table event (
  writer  integer not null,
  seq     integer not null,
  place   integer not null,
  leaf    blob not null,
  salt    blob,
  content blob,
  person  integer,
  at      integer not null,
  primary key (writer, seq, place)
) strict, without rowid;
create index event_person on event (person, at) where person is not null;
