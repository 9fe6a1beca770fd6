#!/bin/sh
# Brings Temporal's two databases to this version's schema. Safe to repeat: what is there already is left alone.
# The databases themselves are made by postgres/databases.sql. Connection: SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD, SQL_PLUGIN.
set -eu

prepare() {
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-name "$2"
}

prepare temporal postgresql/v12/temporal
prepare temporal_visibility postgresql/v12/visibility
