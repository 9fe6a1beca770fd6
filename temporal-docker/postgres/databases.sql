-- Run by the image once, on an empty volume: two accounts that can not see each other's databases.
\set ON_ERROR_STOP on
\getenv temporal_password TEMPORAL_DB_PASSWORD
\getenv showrunner_password SHOWRUNNER_DB_PASSWORD

create role temporal login password :'temporal_password';
create role showrunner login password :'showrunner_password';

create database temporal owner temporal;
create database temporal_visibility owner temporal;
create database showrunner owner showrunner;

revoke connect on database temporal from public;
revoke connect on database temporal_visibility from public;
revoke connect on database showrunner from public;
