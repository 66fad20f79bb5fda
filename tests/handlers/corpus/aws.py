"""Handlers that call AWS services."""

from __future__ import annotations

from tests.handlers.corpus.known import handler

handler(
    "sdk client in the handler",
    """
import boto3
from botocore.config import Config

FAST = Config(connect_timeout=1, read_timeout=2)


def lambda_handler(event, context):
    table = boto3.resource("dynamodb", config=FAST).Table("orders")
    return table.get_item(Key={"id": event["id"]})
""",
    "+client-in-handler",
)

handler(
    "sdk client at module level",
    """
import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(connect_timeout=1, read_timeout=5))


def lambda_handler(event, context):
    return s3.head_object(Bucket=event["bucket"], Key=event["key"])
""",
)

handler(
    "sdk client with default timeouts",
    """
import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    sqs.send_message(QueueUrl=event["queue"], MessageBody="x")
""",
    "timeout",
)

handler(
    "session in a helper",
    """
from boto3 import Session
from botocore.config import Config as C


def _queue():
    session = Session()
    return session.client("sqs", config=C(connect_timeout=1, read_timeout=2))


def handler(event, context):
    _queue().send_message(QueueUrl="q", MessageBody="m")
""",
    "+client-in-handler",
)

handler(
    "pages until there are none",
    """
import boto3
from botocore.config import Config

ddb = boto3.client("dynamodb", config=Config(connect_timeout=1, read_timeout=2, retries={"max_attempts": 50}))


def handler(event, context):
    items = []
    start = {}
    while True:
        page = ddb.scan(TableName="t", **start)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
""",
    "retry-without-bound",
)

handler(
    "session of which no client is made",
    """
import boto3
import mine


def handler(event, context):
    credentials = boto3.Session().get_credentials()
    return mine.sign(credentials, event)
""",
)
handler(
    "clients of a session, with settings that are constants of the handler",
    """
import boto3
from botocore.config import Config

QUICK = Config(connect_timeout=1, read_timeout=5)


def handler(event, context):
    region = "eu-central-1"
    session = boto3.session.Session()
    secrets = session.client(service_name="secretsmanager", region_name=region, config=QUICK)
    queue = session.client("sqs", config=QUICK)
    return secrets.get_secret_value(SecretId="s"), queue.list_queues()
""",
    "+client-in-handler",
)
handler(
    "settings that say nothing of timeouts",
    """
import boto3
from botocore.config import Config

patient = Config(retries={"max_attempts": 3})
s3 = boto3.client("s3", config=patient)


def handler(event, context):
    return s3.list_buckets()
""",
    "timeout",
)
handler(
    "client of another account, by credentials of the event",
    """
import boto3
from botocore.config import Config

QUICK = Config(connect_timeout=1, read_timeout=5)


def handler(event, context):
    session = boto3.Session(aws_access_key_id=event["id"], aws_secret_access_key=event["secret"])
    return session.client("s3", config=QUICK).list_buckets()
""",
    "client-in-handler",
)

handler(
    "one client, made alike in several functions",
    """
import boto3
from botocore.config import Config

QUICK = Config(connect_timeout=1, read_timeout=5)
s3 = boto3.client("s3", config=QUICK)


def first():
    return boto3.client("ec2", config=QUICK).describe_vpcs()


def handler(event, context):
    ec2 = boto3.client("ec2", config=QUICK)
    return first(), ec2.describe_subnets(), boto3.client("s3", config=QUICK).list_buckets()
""",
    "+client-in-handler",
    "+client-in-handler",
    "+client-in-handler",
)
