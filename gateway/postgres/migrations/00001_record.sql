-- The record: persons, things, their versions, and what finds them.
-- Times are microseconds since 1970 in UTC. Every row that is about people names the person, by which tables can be
-- spread over machines. Names that come from outside are bytea: a text holds no zero byte.

-- +goose Up

-- A merge sets survivor, which is always the person at the end of the row of merges; no other row moves.
create table person (
  num      bigint generated always as identity primary key,
  id       text collate "C" not null unique,
  survivor bigint
) with (fillfactor = 90);
create index person_survivor on person (survivor) where survivor is not null;

create table patient (id text collate "C" primary key, person bigint not null);
create index patient_person on patient (person);
create table identity (name bytea primary key, person bigint not null);

-- record counts the commits that changed anything about the person.
create table state (
  person   bigint primary key,
  record   bigint not null,
  version  bigint not null, -- of the standing; 0 when there is none
  standing bytea
) with (fillfactor = 80);
alter table state alter column standing set storage external;

-- Who may reach whom at all. Made anew from the standing whenever that is written.
create table reach (
  principal bytea not null,
  person    bigint not null,
  primary key (principal, person)
);
create index reach_person on reach (person);

-- One resource: what is current. num is the position of its first version, person the first that the current one
-- is about. open says that it raises the epoch of the directory, entry that it stands in it.
create table thing (
  num      bigint primary key,
  type     text collate "C" not null,
  id       text collate "C" not null,
  person   bigint not null,
  position bigint not null,
  version  text not null,
  deleted  boolean not null,
  open     boolean not null,
  entry    boolean not null,
  unique (type, id)
) with (fillfactor = 90);
create index thing_entry on thing (num) where entry;

-- Positions are given while the thing is locked, under a lock that tells followers from where on they are not
-- settled yet. They must not be kept back by a session.
create sequence feed as bigint cache 1;

-- One version, and at the same time one step of the feed.
create table version (
  position bigint primary key,
  thing    bigint not null,
  person   bigint not null,
  id       text not null,
  updated  bigint not null,
  deleted  boolean not null,
  people   bigint[] not null,
  body     bytea not null
);
alter table version alter column body set storage external;
create index version_thing on version (thing, position);

-- Whom the current version is about; person 0 when it is nobody.
create table about (
  person bigint not null,
  type   text collate "C" not null,
  thing  bigint not null,
  primary key (person, type, thing)
);
create index about_thing on about (thing, person);

-- Tokens, references and exact strings: a hash of type, parameter and value. A hash may collide, so what is found
-- is only a candidate.
create table find_value (
  hash   bigint not null,
  person bigint not null,
  thing  bigint not null,
  primary key (hash, person, thing)
);

-- Strings, folded; param is a hash of type and parameter.
create table find_text (
  param  bigint not null,
  value  bytea not null,
  person bigint not null,
  thing  bigint not null,
  primary key (param, value, person, thing)
);

create table find_date (
  param  bigint not null,
  high   bigint not null,
  low    bigint not null,
  person bigint not null,
  thing  bigint not null,
  primary key (param, high, low, person, thing)
);

-- What a repeated change is answered with: the versions that the first one put.
create table done (
  name      bytea primary key,
  positions bigint[] not null
);

create table clock (name text primary key, value bigint not null) with (fillfactor = 50);
insert into clock (name, value) values ('directory', 0);
