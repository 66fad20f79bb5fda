"""The same with one connection for as long as the environment lives; ``database()`` opens another where it must."""

import os

from narrows_lambda.adapters import psycopg

CONNINFO = "host={} port={}".format(os.environ["DESTINATION_HOST"], os.environ["DESTINATION_PORT"])
database = psycopg.database(CONNINFO, autocommit=True)


def handler(event, context):
    return {"one": database().execute("select 1").fetchone()[0]}
