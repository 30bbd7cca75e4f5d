"""Reads the contacts through RDS Proxy, with a token of the function's role instead of a password.

A token is made on the spot, without a call: it is a signed URL, valid for fifteen minutes as proof
of who opens a connection. An open connection outlives it. PyMySQL comes with the deployment: see
the README.
"""

import json
import os
import ssl

import boto3
import pymysql

_signer = boto3.client("rds")
_connection = None


def _token():
    return _signer.generate_db_auth_token(
        DBHostname=os.environ["DB_ENDPOINT"],
        Port=int(os.environ["DB_PORT"]),
        DBUsername=os.environ["DB_USER"],
    )


def _connect():
    global _connection
    if _connection is None or not _connection.open:
        _connection = pymysql.connect(
            host=os.environ["DB_ENDPOINT"],
            port=int(os.environ["DB_PORT"]),
            user=os.environ["DB_USER"],
            password=_token(),
            database=os.environ["DB_NAME"],
            # The proxy's certificate is one of Amazon's public ones: name and chain are verified.
            ssl=ssl.create_default_context(),
            connect_timeout=5,
            autocommit=True,
        )
    return _connection


def handler(event, context):
    with _connect().cursor() as cursor:
        cursor.execute("SELECT email, firstname, lastname FROM contacts ORDER BY email")
        rows = cursor.fetchall()
    print(json.dumps({"rows": len(rows)}))
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain; charset=utf-8"},
        "body": "\n".join(" ".join(row) for row in rows),
    }
