"""Reads every row of the table `sample` through RDS Proxy.

The proxy keeps the database's connections; this function opens one to the proxy when its container
starts and keeps it for the container's life. PyMySQL comes with the deployment: see the README.
"""

import json
import os

import pymysql

_connection = None


def _connect():
    global _connection
    if _connection is None or not _connection.open:
        _connection = pymysql.connect(
            host=os.environ["DB_ENDPOINT"],
            user=os.environ["DB_USER"],
            password=os.environ["DB_PASSWORD"],
            database=os.environ["DB_NAME"],
            connect_timeout=5,
            autocommit=True,
        )
    return _connection


def handler(event, context):
    with _connect().cursor() as cursor:
        cursor.execute("SELECT id, value FROM sample ORDER BY id")
        rows = cursor.fetchall()
    print(json.dumps({"rows": len(rows)}))
    return [list(row) for row in rows]
