-- The record: persons, things, their versions, and what finds them.
-- Times are microseconds since 1970 in UTC. Every row that is about people names the person.

-- +goose Up

-- A merge sets survivor, which is always the person at the end of the row of merges; no other row moves.
create table person (
  num      integer primary key,
  id       text not null unique,
  survivor integer references person (num)
) strict;
create index person_survivor on person (survivor) where survivor is not null;

create table patient (id text primary key, person integer not null) strict, without rowid;
create table identity (name text primary key, person integer not null) strict, without rowid;

-- record counts the commits that changed anything about the person.
create table state (
  person   integer primary key,
  record   integer not null,
  version  integer not null, -- of the standing; 0 when there is none
  standing blob
) strict;

-- Who may reach whom at all. Made anew from the standing whenever that is written.
create table reach (
  principal text not null,
  person    integer not null,
  primary key (principal, person)
) strict, without rowid;
create index reach_person on reach (person);

-- One resource: what is current. open says that it raises the epoch of the directory, entry that it stands in it.
create table thing (
  num      integer primary key,
  type     text not null,
  id       text not null,
  position integer not null,
  deleted  integer not null,
  open     integer not null,
  entry    integer not null
) strict;
create unique index thing_ref on thing (type, id);
create index thing_entry on thing (num) where entry = 1;

-- One version, and at the same time one step of the feed. people is a JSON array of person.num.
create table version (
  position integer primary key autoincrement,
  thing    integer not null,
  id       text not null,
  updated  integer not null,
  deleted  integer not null,
  people   text not null,
  body     blob not null
) strict;
create index version_thing on version (thing, position);

-- Whom the current version is about; person 0 when it is nobody.
create table about (
  person integer not null,
  type   text not null,
  thing  integer not null,
  primary key (person, type, thing)
) strict, without rowid;
create index about_thing on about (thing);

-- Tokens, references and exact strings: a hash of type, parameter and value. A hash may collide, so what is found
-- is only a candidate.
create table find_value (
  hash   integer not null,
  person integer not null,
  thing  integer not null,
  primary key (hash, person, thing)
) strict, without rowid;

-- Strings, folded; param is a hash of type and parameter.
create table find_text (
  param  integer not null,
  value  text not null,
  person integer not null,
  thing  integer not null,
  primary key (param, value, person, thing)
) strict, without rowid;

create table find_date (
  param  integer not null,
  high   integer not null,
  low    integer not null,
  person integer not null,
  thing  integer not null,
  primary key (param, high, low, person, thing)
) strict, without rowid;

-- What a repeated change is answered with: the versions that the first one put.
create table done (
  name text primary key,
  low  integer not null,
  high integer not null
) strict, without rowid;

create table clock (name text primary key, value integer not null) strict, without rowid;
insert into clock (name, value) values ('directory', 0);
