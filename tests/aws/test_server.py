"""What the server answers: the case's files, to boto3 and to AWS's command line, as AWS would."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from botocore import xform_name

from narrows.limits import CONCURRENT_EXECUTIONS
from tests.aws import ec2
from tests.aws.clients import bare, call, client, command_line, error_of, every, file, plain
from tests.aws.server import AwsServer, Faults

ROOT = Path(__file__).parents[2]
_FILES = {
    "addresses": "DescribeAddresses",
    "nat-gateways": "DescribeNatGateways",
    "network-acls": "DescribeNetworkAcls",
    "network-interfaces": "DescribeNetworkInterfaces",
    "prefix-lists": "DescribePrefixLists",
    "route-tables": "DescribeRouteTables",
    "security-groups": "DescribeSecurityGroups",
    "subnets": "DescribeSubnets",
    "transit-gateway-attachments": "DescribeTransitGatewayVpcAttachments",
    "vpc-endpoints": "DescribeVpcEndpoints",
    "vpcs": "DescribeVpcs",
}


def described(server: AwsServer) -> dict[str, list[Any]]:
    """What boto3's paginators (one call, where there is none) get of every kind."""
    found = {}
    for operation in _FILES.values():
        member, name = ec2.DESCRIBES[operation].member, xform_name(operation)
        is_whole = operation == "DescribeAddresses"
        answer = call(server, "ec2", name)[member] if is_whole else every(server, "ec2", name, member)
        found[operation] = plain(answer)
    return found


@pytest.mark.parametrize("name", ["simulated", "incident"])
def test_boto3_gets_the_files_of_a_case_field_by_field(name: str, request: pytest.FixtureRequest) -> None:
    case = request.getfixturevalue(name)
    with AwsServer(case) as server:
        answers = described(server)
        server.faults = Faults(page=1)
        by_pages = described(server)
    assert by_pages == answers
    compared = 0
    for stem, operation in _FILES.items():
        if (case / "ec2" / f"{stem}.json").exists():
            own = file(case, f"ec2/{stem}.json")[ec2.DESCRIBES[operation].member]
            assert answers[operation] == plain(own), stem
            compared += len(own)
    assert compared > 10


def test_a_function_has_its_state_in_one_answer_and_not_in_the_other(simulated: Path) -> None:
    [written] = file(simulated, "lambda/functions.json")["Functions"]
    with AwsServer(simulated) as server:
        [listed] = every(server, "lambda", "list_functions", "Functions", FunctionVersion="ALL")
        alone = call(server, "lambda", "get_function_configuration", FunctionName=written["FunctionArn"])
        whole = call(server, "lambda", "get_function", FunctionName="storefront")
        concurrency = call(server, "lambda", "get_function_concurrency", FunctionName="storefront")
        missing = error_of(server, "lambda", "get_function_configuration", FunctionName="shop")
        version = error_of(server, "lambda", "get_function_configuration", FunctionName="storefront", Qualifier="7")
    assert plain(listed) == plain(written)
    assert "State" not in listed
    assert (alone["State"], alone["LastUpdateStatus"]) == ("Active", "Successful")
    assert whole["Configuration"] == alone
    assert concurrency == {}
    assert missing == (
        "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:shop"
    )  # fmt: skip
    assert version[1].endswith(":function:storefront:7")


def test_further_answers_of_lambda_are_served_by_their_members(simulated: Path, tmp_path: Path) -> None:
    arn = "arn:aws:lambda:us-east-1:111122223333:function:storefront"
    case = copied(simulated, tmp_path)
    put(case, "lambda/aliases-storefront.json", {"Aliases": [
        {"AliasArn": f"{arn}:live", "Name": "live", "FunctionVersion": "3", "RevisionId": "r"}]})  # fmt: skip
    put(case, "lambda/versions.json", {"Versions": [
        {"FunctionName": "storefront", "FunctionArn": f"{arn}:3", "Version": "3", "NewKey": {"Deep": 1}}]})  # fmt: skip
    put(case, "lambda/event-source-mappings.json", {"EventSourceMappings": [
        {"UUID": "u", "FunctionArn": arn, "EventSourceArn": "arn:aws:sqs:us-east-1:111122223333:orders",
         "LastModified": "2026-11-01T08:00:00+00:00"}]})  # fmt: skip
    put(case, "lambda/provisioned-storefront.json", {"ProvisionedConcurrencyConfigs": [
        {"FunctionArn": f"{arn}:live", "RequestedProvisionedConcurrentExecutions": 5}]})  # fmt: skip
    put(case, "lambda/concurrency-storefront.json", {"ReservedConcurrentExecutions": 300})
    with AwsServer(case) as server:
        [alias] = every(server, "lambda", "list_aliases", "Aliases", FunctionName="storefront")
        by_alias = call(server, "lambda", "get_function_configuration", FunctionName="storefront", Qualifier="live")
        listed = every(server, "lambda", "list_functions", "Functions")
        versions = every(server, "lambda", "list_versions_by_function", "Versions", FunctionName="storefront")
        [mapping] = every(
            server, "lambda", "list_event_source_mappings", "EventSourceMappings", FunctionName="storefront"
        )
        elsewhere = every(server, "lambda", "list_event_source_mappings", "EventSourceMappings", FunctionName="shop")
        [provisioned] = every(
            server, "lambda", "list_provisioned_concurrency_configs", "ProvisionedConcurrencyConfigs",
            FunctionName="storefront",
        )  # fmt: skip
        settings = call(server, "lambda", "get_account_settings")["AccountLimit"]
        concurrency = call(server, "lambda", "get_function_concurrency", FunctionName="storefront")
        raw = bare(server, "lambda", "/2015-03-31/functions/storefront/versions", {})["Versions"]
    assert (alias["FunctionVersion"], by_alias["Version"]) == ("3", "3")
    assert [one["Version"] for one in listed] == ["$LATEST"]
    assert [one["Version"] for one in versions] == ["$LATEST", "3"]
    assert mapping["LastModified"] == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert elsewhere == []
    assert provisioned["RequestedProvisionedConcurrentExecutions"] == 5
    assert concurrency == {"ReservedConcurrentExecutions": 300}
    assert settings["ConcurrentExecutions"] == CONCURRENT_EXECUTIONS.value
    assert settings["UnreservedConcurrentExecutions"] == CONCURRENT_EXECUTIONS.value - 300
    assert raw[1]["NewKey"] == {"Deep": 1}, "what botocore does not know is served all the same"


def copied(case: Path, folder: Path) -> Path:
    """A case of one's own, to be added to."""
    target = folder / "case"
    for one in case.rglob("*.*"):
        (target / one.relative_to(case)).parent.mkdir(parents=True, exist_ok=True)
        (target / one.relative_to(case)).write_bytes(one.read_bytes())
    return target


def put(case: Path, name: str, content: Any) -> None:
    """A further file."""
    (case / name).parent.mkdir(parents=True, exist_ok=True)
    (case / name).write_text(content if isinstance(content, str) else json.dumps(content))


def test_quotas_are_those_of_the_service(simulated: Path) -> None:
    quotas = file(simulated, "service-quotas.json")["Quotas"]
    of_vpc = [one for one in quotas if one["ServiceCode"] == "vpc"]
    with AwsServer(simulated, faults=Faults(page=2)) as server:
        listed = every(server, "service-quotas", "list_service_quotas", "Quotas", ServiceCode="vpc")
        one = call(server, "service-quotas", "get_service_quota", ServiceCode="vpc", QuotaCode="L-FE5A380F")
        defaults = every(server, "service-quotas", "list_aws_default_service_quotas", "Quotas", ServiceCode="lambda")
        no_service = error_of(server, "service-quotas", "list_service_quotas", ServiceCode="shop")
        no_quota = error_of(server, "service-quotas", "get_service_quota", ServiceCode="vpc", QuotaCode="L-0")
    assert plain(listed) == plain(of_vpc)
    assert one["Quota"] in of_vpc
    assert CONCURRENT_EXECUTIONS.quota_code in {one["QuotaCode"] for one in defaults}
    assert no_service[0] == no_quota[0] == "NoSuchResourceException"


def test_the_command_line_of_aws_gets_the_same(simulated: Path, incident: Path) -> None:
    with AwsServer(simulated) as server:
        answer = command_line(server, "ec2", "describe-network-interfaces")
        assert plain(answer) == plain(file(simulated, "ec2/network-interfaces.json"))
        stem = simulated / "cloudwatch" / "functions"
        answer = command_line(
            server, "cloudwatch", "get-metric-data", "--metric-data-queries", f"file://{stem}.queries.json",
            "--start-time", "2026-11-20T12:00:00Z", "--end-time", "2026-11-20T13:00:00Z",
        )  # fmt: skip
        expected = plain(file(simulated, "cloudwatch/functions.results.json"))
        assert plain(answer) == expected
    with AwsServer(incident) as server:
        group = "/aws/lambda/place-order"
        answer = command_line(server, "logs", "filter-log-events", "--log-group-name", group)
        assert answer["events"] == file(incident, "callers/place-order.json")["events"]


def test_another_region_has_nothing(simulated: Path) -> None:
    with AwsServer(simulated) as server:
        assert call(server, "ec2", "describe_vpcs", region="eu-west-1")["Vpcs"] == []
        assert call(server, "lambda", "list_functions", region="eu-west-1")["Functions"] == []
        assert [one.region for one in server.calls] == ["eu-west-1", "eu-west-1"]


def test_what_functions_connect_to_comes_from_a_folder_for_each_service(simulated: Path, tmp_path: Path) -> None:
    case = copied(simulated, tmp_path)
    put(case, "elasticache/clusters.json", {"CacheClusters": [
        {"CacheClusterId": f"sessions-{one}", "CacheNodes": [{"CacheNodeId": "0001"}]} for one in range(3)
    ]})  # fmt: skip
    put(case, "rds/proxies.json", {"DBProxies": [{"DBProxyName": "pool", "Endpoint": "pool.proxy-x.rds"}]})
    put(case, "elbv2/balancers.json", {"LoadBalancers": [{"LoadBalancerName": "edge", "Type": "network"}]})
    put(case, "opensearch/domains.json", {"DomainStatusList": [
        {"DomainId": "1/search", "DomainName": "search", "ARN": "arn:aws:es:us-east-1:1:domain/search",
         "ClusterConfig": {}}]})  # fmt: skip
    with AwsServer(case, faults=Faults(page=2)) as server:
        clusters = every(server, "elasticache", "describe_cache_clusters", "CacheClusters")
        [shown] = every(server, "elasticache", "describe_cache_clusters", "CacheClusters",
                        CacheClusterId="sessions-2", ShowCacheNodeInfo=True)  # fmt: skip
        [proxy] = every(server, "rds", "describe_db_proxies", "DBProxies")
        [balancer] = every(server, "elbv2", "describe_load_balancers", "LoadBalancers", Names=["edge"])
        names = call(server, "opensearch", "list_domain_names")["DomainNames"]
        [domain] = call(server, "opensearch", "describe_domains", DomainNames=["search"])["DomainStatusList"]
        for service, operation, member in (
            ("elasticache", "describe_replication_groups", "ReplicationGroups"),
            ("elasticache", "describe_serverless_caches", "ServerlessCaches"),
            ("rds", "describe_db_instances", "DBInstances"),
            ("rds", "describe_db_clusters", "DBClusters"),
            ("memorydb", "describe_clusters", "Clusters"),
        ):
            assert every(server, service, operation, member) == []
        missing = error_of(server, "rds", "describe_db_instances", DBInstanceIdentifier="orders")
    assert [one["CacheClusterId"] for one in clusters] == ["sessions-0", "sessions-1", "sessions-2"]
    assert all("CacheNodes" not in one for one in clusters)
    assert shown["CacheNodes"] == [{"CacheNodeId": "0001"}]
    assert (proxy["DBProxyName"], balancer["Type"], domain["DomainId"]) == ("pool", "network", "1/search")
    assert names == [{"DomainName": "search"}]
    assert missing[0] == "DBInstanceNotFound"


def test_an_operation_that_it_does_not_know_is_an_error_and_recorded(simulated: Path) -> None:
    with AwsServer(simulated) as server:
        codes = [
            error_of(server, service, operation)[0]
            for service, operation in (
                ("ec2", "describe_instances"),
                ("cloudwatch", "list_dashboards"),
                ("lambda", "list_layers"),
                ("s3", "list_buckets"),
                ("dynamodb", "list_tables"),
            )
        ]
        assert [one.status for one in server.calls] == [404] * 5
        assert [one.action for one in server.calls[:3]] == [
            "ec2:DescribeInstances", "cloudwatch:ListDashboards", "lambda:ListLayers"
        ]  # fmt: skip
    assert codes == ["InvalidAction", "UnknownOperationException", "UnknownOperationException", "NotImplemented",
                     "UnknownOperationException"]  # fmt: skip


def test_an_answer_without_its_shape_fails_the_test(simulated: Path, tmp_path: Path) -> None:
    case = copied(simulated, tmp_path)
    functions = file(case, "lambda/functions.json")
    put(case, "lambda/functions.json", {"Functions": [{**functions["Functions"][0], "Timeout": "30"}]})
    wrong = r"ListFunctions.Functions\[0\].Timeout: '30' is no integer"
    with pytest.raises(AssertionError, match=wrong), AwsServer(case) as server:
        call(server, "lambda", "list_functions")


def test_it_runs_by_hand_until_it_is_interrupted(simulated: Path) -> None:
    words = [sys.executable, "-m", "tests.aws", str(simulated), "--deny", "lambda:ListFunctions"]
    with subprocess.Popen(words, cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True) as running:
        assert running.stdout is not None
        address = running.stdout.readline().strip()
        asked = urllib.request.Request(f"{address}/2015-03-31/functions", headers={
            "Authorization": "Credential=testing/20261120/us-east-1/lambda/aws4_request"})  # fmt: skip
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked)
        refused.value.close()
        running.send_signal(signal.SIGINT)
        printed, noted = running.communicate(timeout=60)
    assert refused.value.code == 403
    assert (running.returncode, printed) == (0, "calls answered: 1\n")
    assert noted.startswith("us-east-1, 123456789012, 2026-11-20T")


def test_a_clock_of_its_own(simulated: Path) -> None:
    with AwsServer(simulated) as server:
        assert server.now == server.account.end + timedelta(minutes=10)
    noon = datetime(2026, 12, 24, 12, tzinfo=UTC)
    with AwsServer(simulated, now=noon) as server:
        answer = client(server, "sts").get_caller_identity()
    assert answer["ResponseMetadata"]["HTTPHeaders"]["date"] == "Thu, 24 Dec 2026 12:00:00 GMT"
    assert answer["Account"] == "123456789012"
