"""Records as AWS's own flow-log documentation shows them, re-typed: version 2 to 5, every case that it explains."""

from __future__ import annotations

V2 = """
2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK
2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK
2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA
2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA
2 123456789010 eni-1235b8ca123456789 203.0.113.12 172.31.16.139 0 0 1 4 336 1432917027 1432917142 ACCEPT OK
2 123456789010 eni-1235b8ca123456789 172.31.16.139 203.0.113.12 0 0 1 4 336 1432917094 1432917142 REJECT OK
2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK
""".strip()  # noqa: E501

V3_HEADER = (
    "version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr "
    "pkt-dstaddr protocol bytes packets start end action tcp-flags log-status"
)
_V3 = "3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4"
V3 = f"""
{_V3} 52.213.180.42 10.0.0.62 43416 5001 52.213.180.42 10.0.0.62 6 568 8 1566848875 1566848933 ACCEPT 2 OK
{_V3} 10.0.0.62 52.213.180.42 5001 43416 10.0.0.62 52.213.180.42 6 376 7 1566848875 1566848933 ACCEPT 18 OK
{_V3} 52.213.180.42 10.0.0.62 43418 5001 52.213.180.42 10.0.0.62 6 100701 70 1566848875 1566848933 ACCEPT 2 OK
{_V3} 10.0.0.62 52.213.180.42 5001 43418 10.0.0.62 52.213.180.42 6 632 12 1566848875 1566848933 ACCEPT 18 OK
{_V3} 10.0.0.62 52.213.180.42 5001 43418 10.0.0.62 52.213.180.42 6 63388 1219 1566848933 1566849113 ACCEPT 1 OK
{_V3} 52.213.180.42 10.0.0.62 43418 5001 52.213.180.42 10.0.0.62 6 23294588 15774 1566848933 1566849113 ACCEPT 1 OK
{_V3} 52.213.180.42 10.0.0.62 43638 5001 52.213.180.42 10.0.0.62 6 1260 17 1566933133 1566933193 ACCEPT 3 OK
{_V3} 10.0.0.62 52.213.180.42 5001 43638  10.0.0.62 52.213.180.42 6 967 14 1566933133 1566933193 ACCEPT 19 OK
""".strip()
"""The last one has the double space that the documentation has."""

NAT_HEADER = "instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr"
NAT = """
- eni-1235b8ca123456789 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5
- eni-1235b8ca123456789 10.0.0.220 203.0.113.5 10.0.0.220 203.0.113.5
- eni-1235b8ca123456789 203.0.113.5 10.0.0.220 203.0.113.5 10.0.0.220
- eni-1235b8ca123456789 10.0.0.220 10.0.1.5 203.0.113.5 10.0.1.5
""".strip()
"""The four legs of a NAT gateway."""

TRANSIT_HEADER = (
    "version interface-id account-id vpc-id subnet-id instance-id srcaddr dstaddr srcport dstport protocol tcp-flags "
    "type pkt-srcaddr pkt-dstaddr action log-status"
)
TRANSIT = """
3 eni-33333333333333333 123456789010 vpc-abcdefab012345678 subnet-22222222bbbbbbbbb i-01234567890123456 10.20.33.164 10.40.2.236 39812 80 6 3 IPv4 10.20.33.164 10.40.2.236 ACCEPT OK
3 eni-11111111111111111 123456789010 vpc-abcdefab012345678 subnet-11111111aaaaaaaaa - 10.40.1.175 10.40.2.236 39812 80 6 3 IPv4 10.20.33.164 10.40.2.236 ACCEPT OK
""".strip()  # noqa: E501

V5_HEADER = (
    "version srcaddr dstaddr srcport dstport protocol start end type packets bytes account-id vpc-id subnet-id "
    "instance-id interface-id region az-id sublocation-type sublocation-id action tcp-flags pkt-srcaddr pkt-dstaddr "
    "pkt-src-aws-service pkt-dst-aws-service traffic-path flow-direction log-status"
)
V5 = """
5 52.95.128.179 10.0.0.71 80 34210 6 1616729292 1616729349 IPv4 14 15044 123456789012 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-0c50d5961bcb2d47b eni-1235b8ca123456789 ap-southeast-2 apse2-az3 - - ACCEPT 19 52.95.128.179 10.0.0.71 S3 - - ingress OK
5 10.0.0.71 52.95.128.179 34210 80 6 1616729292 1616729349 IPv4 7 471 123456789012 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-0c50d5961bcb2d47b eni-1235b8ca123456789 ap-southeast-2 apse2-az3 - - ACCEPT 3 10.0.0.71 52.95.128.179 - S3 8 egress OK
""".strip()  # noqa: E501

V7 = """
version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id
7 123456789012 eni-0a11aaaa2222bbbb3 10.0.1.17 10.0.2.40 41022 6379 6 12 1840 1718000000 1718000058 ACCEPT OK arn:aws:ecs:us-east-1:123456789012:cluster/shop shop - - 3f1c0b9e - checkout arn:aws:ecs:us-east-1:123456789012:task-definition/checkout:12 arn:aws:ecs:us-east-1:123456789012:task/shop/5d2f 5d2f
""".strip()  # noqa: E501
V8 = """
version interface-id srcaddr dstaddr srcport dstport protocol start end action reject-reason log-status
8 eni-0a11aaaa2222bbbb3 203.0.113.12 10.0.1.17 53122 443 6 1718000000 1718000058 REJECT BPA OK
8 eni-0a11aaaa2222bbbb3 10.0.1.17 203.0.113.80 41023 443 6 1718000000 1718000058 ACCEPT - OK
""".strip()
V9 = """
version resource-id interface-id srcaddr dstaddr srcport dstport protocol tcp-flags start end flow-direction action log-status
9 nat-0123456789abcdef0 - 10.0.1.17 203.0.113.80 41023 443 6 2 1718000000 1718000058 ingress ACCEPT OK
9 nat-0123456789abcdef0 - 198.51.100.7 203.0.113.80 2048 443 6 2 1718000000 1718000058 egress ACCEPT OK
9 - eni-0a11aaaa2222bbbb3 10.0.1.17 203.0.113.80 41023 443 6 2 1718000000 1718000058 egress ACCEPT OK
""".strip()  # noqa: E501
"""A regional NAT gateway has no interface: its id stands in resource-id."""
V10 = """
version interface-id srcaddr dstaddr srcport dstport protocol start end encryption-status action log-status
10 eni-0a11aaaa2222bbbb3 10.0.1.17 10.0.2.40 41022 6379 6 1718000000 1718000058 3 ACCEPT OK
""".strip()
V11 = """
version interface-id interface-type srcaddr dstaddr srcport dstport protocol tcp-flags start end instance-tag interface-tag asg-tag next-hop-interface-id next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type action log-status
11 eni-0a11aaaa2222bbbb3 - 10.0.1.17 203.0.113.80 41023 443 6 2 1718000000 1718000058 - - - eni-0c22cccc3333dddd4 subnet-aaaaaaaa012345678 use1-az1 vpc-abcdefab012345678 nat_gateway ACCEPT OK
11 eni-0c22cccc3333dddd4 nat_gateway 10.0.0.220 203.0.113.80 2048 443 6 2 1718000000 1718000058 - - - - - - - - ACCEPT OK
""".strip()  # noqa: E501
"""Of version 7 and later the documentation shows no records: these are made from its list of fields."""
