"""As it is often written: a connection for each invocation. PGUSER, PGDATABASE and PGSSLMODE say the rest."""

import os

import psycopg

CONNINFO = "host={} port={}".format(os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"])


def handler(event, context):
    with psycopg.connect(CONNINFO) as connection:
        return {"one": connection.execute("select 1").fetchone()[0]}
