-- The trail's events are packed, and found by an index that is built behind the commits.

-- +goose Up

-- Events of one batch, packed (guard.Packer.PackEvents). num is 65536 times the batch's seq, and then counts the batch's
-- rows from 0. Salt and content are null in it once they were erased by law; leaf stays, and so the chain still verifies.
create table events (
  num    integer primary key,
  packed blob not null
) strict;

-- Where events about persons stand, up to the row of events that the clock 'filed' names: in portions, each of which is
-- sorted by person and cut into rows. last is the last person in a row, postings are packed.
create table filed (
  portion  integer not null,
  last     integer not null,
  part     integer not null, -- of the portion, from 0
  postings blob not null,
  primary key (portion, last, part)
) strict, without rowid;
insert into clock (name, value) values ('filed', 0);
