-- The table of the flow logs, once.
CREATE EXTERNAL TABLE IF NOT EXISTS `default`.`narrows_flow_logs` (
  `version` int,
  `account_id` string,
  `interface_id` string,
  `srcaddr` string,
  `dstaddr` string,
  `srcport` int,
  `dstport` int,
  `protocol` int,
  `packets` bigint,
  `bytes` bigint,
  `start` bigint,
  `end` bigint,
  `action` string,
  `log_status` string,
  `vpc_id` string,
  `subnet_id` string,
  `instance_id` string,
  `tcp_flags` int,
  `pkt_srcaddr` string,
  `pkt_dstaddr` string,
  `az_id` string,
  `flow_direction` string,
  `traffic_path` int,
  `resource_id` string,
  `interface_type` string
)
PARTITIONED BY (`aws-account-id` string, `aws-service` string, `aws-region` string, `year` string, `month` string, `day` string, `hour` string)
STORED AS PARQUET
LOCATION 's3://logs/narrows/AWSLogs/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.aws-account-id.type' = 'injected',
  'projection.aws-service.type' = 'enum',
  'projection.aws-service.values' = 'vpcflowlogs',
  'projection.aws-region.type' = 'injected',
  'projection.year.type' = 'integer',
  'projection.year.range' = '2024,2099',
  'projection.month.type' = 'integer',
  'projection.month.range' = '1,12',
  'projection.month.digits' = '2',
  'projection.day.type' = 'integer',
  'projection.day.range' = '1,31',
  'projection.day.digits' = '2',
  'projection.hour.type' = 'integer',
  'projection.hour.range' = '0,23',
  'projection.hour.digits' = '2',
  'storage.location.template' = 's3://logs/narrows/AWSLogs/aws-account-id=${aws-account-id}/aws-service=${aws-service}/aws-region=${aws-region}/year=${year}/month=${month}/day=${day}/hour=${hour}/'
);

-- Stage: pairs
CREATE TABLE "default"."narrows_pairs" AS
WITH records AS (
  SELECT
    CASE
      WHEN CASE
        WHEN "interface_id" IS NULL
        OR "interface_id" IN ('', 'None')
        OR LENGTH("interface_id") > 64
        THEN '-'
        ELSE "interface_id"
      END = '-'
      THEN CASE
        WHEN "resource_id" IS NULL
        OR "resource_id" IN ('', 'None')
        OR LENGTH("resource_id") > 64
        THEN '-'
        ELSE "resource_id"
      END
      ELSE CASE
        WHEN "interface_id" IS NULL
        OR "interface_id" IN ('', 'None')
        OR LENGTH("interface_id") > 64
        THEN '-'
        ELSE "interface_id"
      END
    END AS interface,
    CASE
      WHEN "srcaddr" IS NULL OR "srcaddr" IN ('', 'None') OR LENGTH("srcaddr") > 64
      THEN '-'
      ELSE "srcaddr"
    END AS srcaddr,
    CASE
      WHEN "dstaddr" IS NULL OR "dstaddr" IN ('', 'None') OR LENGTH("dstaddr") > 64
      THEN '-'
      ELSE "dstaddr"
    END AS dstaddr,
    CASE
      WHEN "pkt_srcaddr" IS NULL
      OR "pkt_srcaddr" IN ('', 'None')
      OR LENGTH("pkt_srcaddr") > 64
      THEN '-'
      ELSE "pkt_srcaddr"
    END AS pkt_srcaddr,
    CASE
      WHEN "pkt_dstaddr" IS NULL
      OR "pkt_dstaddr" IN ('', 'None')
      OR LENGTH("pkt_dstaddr") > 64
      THEN '-'
      ELSE "pkt_dstaddr"
    END AS pkt_dstaddr,
    TRY_CAST("srcport" AS INTEGER) AS srcport,
    TRY_CAST("dstport" AS INTEGER) AS dstport,
    TRY_CAST("protocol" AS INTEGER) AS protocol,
    CASE
      WHEN "start" BETWEEN 1262304000 AND 4102444799
      THEN "start"
      WHEN "start" BETWEEN 1262304000000 AND 4102444799999
      THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
    END AS first_s,
    CASE
      WHEN "end" BETWEEN 1262304000 AND 4102444799
      THEN "end"
      WHEN "end" BETWEEN 1262304000000 AND 4102444799999
      THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
    END AS last_s,
    CASE WHEN "bytes" BETWEEN 0 AND 10000000000000 THEN "bytes" END AS octets,
    TRY_CAST("tcp_flags" AS INTEGER) AS flags,
    CASE
      WHEN "flow_direction" IS NULL
      OR "flow_direction" IN ('', 'None')
      OR LENGTH("flow_direction") > 64
      THEN '-'
      ELSE "flow_direction"
    END AS direction,
    CASE
      WHEN "instance_id" IS NULL
      OR "instance_id" IN ('', 'None')
      OR LENGTH("instance_id") > 64
      THEN '-'
      ELSE "instance_id"
    END AS instance,
    CASE
      WHEN "interface_type" IS NULL
      OR "interface_type" IN ('', 'None')
      OR LENGTH("interface_type") > 64
      THEN '-'
      ELSE "interface_type"
    END AS interface_type,
    CASE
      WHEN CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END < 1795176000
      OR CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END > 1795179600
      THEN 'outside-window'
      WHEN "log_status" = 'SKIPDATA'
      THEN 'skipdata'
      WHEN CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END < CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END
      THEN 'end-before-start'
      WHEN CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END - CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END > 3600
      THEN 'too-long'
      WHEN "log_status" = 'NODATA'
      THEN 'nodata'
      WHEN NOT "srcport" BETWEEN 0 AND 65535
      OR NOT "dstport" BETWEEN 0 AND 65535
      OR NOT "protocol" BETWEEN 0 AND 255
      OR NOT "tcp_flags" BETWEEN 0 AND 255
      THEN 'impossible-number'
      WHEN "start" IS NULL OR "end" IS NULL
      THEN 'no-time'
      WHEN CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END IS NULL
      OR CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END IS NULL
      THEN 'impossible-time'
      WHEN CASE
        WHEN CASE
          WHEN "interface_id" IS NULL
          OR "interface_id" IN ('', 'None')
          OR LENGTH("interface_id") > 64
          THEN '-'
          ELSE "interface_id"
        END = '-'
        THEN CASE
          WHEN "resource_id" IS NULL
          OR "resource_id" IN ('', 'None')
          OR LENGTH("resource_id") > 64
          THEN '-'
          ELSE "resource_id"
        END
        ELSE CASE
          WHEN "interface_id" IS NULL
          OR "interface_id" IN ('', 'None')
          OR LENGTH("interface_id") > 64
          THEN '-'
          ELSE "interface_id"
        END
      END = '-'
      THEN 'no-interface'
      WHEN CASE
        WHEN "srcaddr" IS NULL OR "srcaddr" IN ('', 'None') OR LENGTH("srcaddr") > 64
        THEN '-'
        ELSE "srcaddr"
      END = '-'
      OR CASE
        WHEN "dstaddr" IS NULL OR "dstaddr" IN ('', 'None') OR LENGTH("dstaddr") > 64
        THEN '-'
        ELSE "dstaddr"
      END = '-'
      THEN 'no-address'
      WHEN "protocol" IS NULL
      OR NOT "protocol" IN (6, 17)
      OR "srcport" IS NULL
      OR "dstport" IS NULL
      THEN 'no-ports'
      WHEN "action" = 'REJECT'
      THEN 'rejected'
      ELSE 'used'
    END AS reason
  FROM "default"."narrows_flow_logs"
  WHERE
    "aws-account-id" = '111122223333'
    AND "aws-region" = 'us-east-1'
    AND "year" IN ('2026')
    AND "month" IN ('11')
    AND "day" IN ('20')
    AND "hour" IN ('12', '13', '14')
    AND CONCAT(
      CAST("year" AS VARCHAR),
      CAST("month" AS VARCHAR),
      CAST("day" AS VARCHAR),
      CAST("hour" AS VARCHAR)
    ) BETWEEN '2026112012' AND '2026112014'
), pairs AS (
  /* Who talks to whom: one row for each interface and pair of addresses, however many records there are. */
  /* Everything that tells a direction, a leg or an interface apart is worked out on this small table; and what was */
  /* dropped, and why, is counted on it. `measured`: the records that say their bytes, which are `octets` together. */
  SELECT
    reason,
    interface,
    srcaddr,
    dstaddr,
    pkt_srcaddr,
    pkt_dstaddr,
    protocol,
    CASE WHEN flags IS NULL OR protocol <> 6 THEN 0 ELSE 1 END AS flagged,
    COUNT(*) AS records,
    SUM(CAST(octets AS DOUBLE)) AS octets,
    COUNT(octets) AS measured,
    SUM(CASE WHEN (
      BITWISE_AND(flags, 18)
    ) = 2 THEN 1 ELSE 0 END) AS syns,
    SUM(CASE WHEN (
      BITWISE_AND(flags, 18)
    ) = 18 THEN 1 ELSE 0 END) AS syn_acks,
    MIN(srcport) AS least_srcport,
    MAX(srcport) AS most_srcport,
    MIN(dstport) AS least_dstport,
    MAX(dstport) AS most_dstport,
    SUM(CASE WHEN direction = 'ingress' THEN 1 ELSE 0 END) AS ingress,
    SUM(CASE WHEN direction = 'egress' THEN 1 ELSE 0 END) AS egress,
    MAX(instance) AS instance,
    MAX(interface_type) AS interface_type,
    MIN(first_s) AS first_s,
    MAX(last_s) AS last_s,
    MAX(last_s - first_s) AS longest_s
  FROM records
  GROUP BY
    reason,
    interface,
    srcaddr,
    dstaddr,
    pkt_srcaddr,
    pkt_dstaddr,
    protocol,
    CASE WHEN flags IS NULL OR protocol <> 6 THEN 0 ELSE 1 END
)
SELECT
  *
FROM pairs;

-- Stage: bounds
CREATE TABLE "default"."narrows_bounds" AS
WITH pairs AS (
  SELECT
    *
  FROM "default"."narrows_pairs"
), bounds AS (
  /* The time that the logs cover, and their aggregation interval: no record is longer than it. `borders`: whether there are */
  /* so many borders of records in it that they tell how soon ports are given out again; of ten minutes there are too few. */
  WITH covered AS (
    SELECT
      MIN(first_s) AS begin_s,
      MAX(last_s) AS end_s,
      MAX(CASE WHEN reason <> 'skipdata' THEN longest_s END) AS longest_s
    FROM pairs
    WHERE
      reason IN ('used', 'nodata', 'skipdata', 'rejected', 'no-ports')
      AND NOT first_s IS NULL
      AND NOT last_s IS NULL
  )
  SELECT
    begin_s,
    end_s,
    longest_s,
    CASE WHEN longest_s > 60 THEN 600 ELSE 60 END AS interval_s,
    CASE WHEN longest_s > 60 OR end_s - begin_s < 3 * 60 THEN 0 ELSE 1 END AS borders
  FROM covered
)
SELECT
  *
FROM bounds;

-- Stage: owners
CREATE TABLE "default"."narrows_owners" AS
WITH pairs AS (
  SELECT
    *
  FROM "default"."narrows_pairs"
), known AS (
  SELECT
    'eni-1' AS interface,
    'hyperplane-eni' AS kind,
    'subnet-1/sg-1' AS name,
    '10.0.0.4' AS address
), owners AS (
  /* The address of each interface: the one that the case's topology names, else the one in most of its records. */
  WITH seen AS (
    SELECT
      interface,
      srcaddr AS address,
      SUM(records) AS records
    FROM pairs
    WHERE
      reason = 'used'
    GROUP BY
      interface,
      srcaddr
    UNION ALL
    SELECT
      interface,
      dstaddr AS address,
      SUM(records) AS records
    FROM pairs
    WHERE
      reason = 'used'
    GROUP BY
      interface,
      dstaddr
  ), ranked AS (
    SELECT
      interface,
      address,
      ROW_NUMBER() OVER (PARTITION BY interface ORDER BY SUM(records) DESC, address) AS place
    FROM seen
    GROUP BY
      interface,
      address
  )
  SELECT
    ranked.interface,
    COALESCE(known.address, ranked.address) AS address,
    known.kind,
    known.name
  FROM ranked
  LEFT JOIN known
    ON known.interface = ranked.interface
  WHERE
    ranked.place = 1
)
SELECT
  *
FROM owners;

-- Stage: directed
CREATE TABLE "default"."narrows_directed" AS
WITH pairs AS (
  SELECT
    *
  FROM "default"."narrows_pairs"
), owners AS (
  SELECT
    *
  FROM "default"."narrows_owners"
), directed AS (
  /* Which side of each pair is the client: `forward` is true where srcaddr is. */
  /* Lambda's ENIs take no connections, so there their own address is (an ENI has others of IPv6, which nobody lists). */
  /* Else whoever sends the SYN; without tcp-flags the side whose ports vary more, for a service keeps to its port. */
  SELECT
    pairs.*,
    owners.address AS own,
    CASE
      WHEN owners.kind = 'hyperplane-eni'
      AND owners.address IN (pairs.srcaddr, pairs.dstaddr)
      THEN pairs.srcaddr = owners.address
      WHEN pairs.syns > pairs.syn_acks
      THEN TRUE
      WHEN pairs.syns < pairs.syn_acks
      THEN FALSE
      WHEN most_srcport - least_srcport <> most_dstport - least_dstport
      THEN most_srcport - least_srcport > most_dstport - least_dstport
      ELSE most_srcport > most_dstport
    END AS forward
  FROM pairs
  INNER JOIN owners
    ON owners.interface = pairs.interface
  WHERE
    pairs.reason = 'used'
)
SELECT
  *
FROM directed;

-- Stage: interfaces
CREATE TABLE "default"."narrows_interfaces" AS
WITH owners AS (
  SELECT
    *
  FROM "default"."narrows_owners"
), directed AS (
  SELECT
    *
  FROM "default"."narrows_directed"
), interfaces AS (
  /* What each interface is: the case's topology says, else v11's interface-type, else its shape. One that passes */
  /* connections on (a client of what it serves) is a NAT gateway's; one that is only ever a client, and no instance's, */
  /* is Lambda's. */
  WITH shaped AS (
    SELECT
      interface,
      MAX(
        CASE
          WHEN forward AND dstaddr = own AND NOT pkt_dstaddr IN ('-', own)
          THEN 1
          ELSE 0
        END
      ) AS passes_on,
      MAX(CASE WHEN forward AND dstaddr = own THEN least_dstport ELSE -1 END) AS served_port,
      MAX(CASE WHEN forward AND srcaddr = own THEN least_dstport ELSE -2 END) AS called_port,
      MAX(CASE WHEN forward AND dstaddr = own THEN 1 ELSE 0 END) AS serves,
      MAX(CASE WHEN forward AND srcaddr = own THEN 1 ELSE 0 END) AS calls,
      MAX(instance) AS instance,
      MAX(interface_type) AS interface_type,
      MIN(first_s) AS first_s,
      MAX(last_s) AS last_s,
      SUM(records) AS records
    FROM directed
    GROUP BY
      interface
  )
  SELECT
    owners.interface,
    owners.address,
    owners.name,
    CASE
      WHEN NOT owners.kind IS NULL
      THEN owners.kind
      WHEN shaped.interface_type = 'nat_gateway'
      THEN 'nat-gateway'
      WHEN shaped.interface_type = 'regional_nat_gateway'
      THEN 'regional-nat-gateway'
      WHEN shaped.interface_type <> '-'
      THEN 'other'
      WHEN owners.interface LIKE 'nat-%'
      THEN 'regional-nat-gateway'
      WHEN shaped.passes_on = 1
      THEN 'nat-gateway'
      WHEN shaped.served_port = shaped.called_port
      THEN 'nat-gateway'
      WHEN shaped.calls = 1 AND shaped.serves = 0 AND shaped.instance = '-'
      THEN 'hyperplane-eni'
      ELSE 'other'
    END AS kind,
    CASE
      WHEN NOT owners.kind IS NULL
      THEN 'case'
      WHEN shaped.interface_type <> '-'
      THEN 'interface-type'
      WHEN owners.interface LIKE 'nat-%'
      THEN 'resource-id'
      ELSE 'shape'
    END AS kind_from,
    shaped.first_s,
    shaped.last_s,
    shaped.records
  FROM owners
  INNER JOIN shaped
    ON shaped.interface = owners.interface
)
SELECT
  *
FROM interfaces;

-- Stage: legs
CREATE TABLE "default"."narrows_legs" AS
WITH directed AS (
  SELECT
    *
  FROM "default"."narrows_directed"
), interfaces AS (
  SELECT
    *
  FROM "default"."narrows_interfaces"
), legs AS (
  /* Each pair of addresses with its leg of the path: */
  /*     eni          client -> server, at an interface that is no NAT gateway's */
  /*     nat-inside   client -> NAT gateway; where the connection really goes is in pkt-dstaddr, if the format has it */
  /*     nat-outside  NAT gateway -> destination: here its ports are counted, per unique destination */
  /* `told`: which of a NAT gateway's addresses has the port; without pkt-srcaddr those of all of them look the same. */
  /* Both directions of the same traffic get the same number, `flow`; records with tcp-flags another than those without. */
  WITH sided AS (
    SELECT
      directed.*,
      interfaces.kind,
      CASE WHEN forward THEN srcaddr ELSE dstaddr END AS client,
      CASE WHEN forward THEN dstaddr ELSE srcaddr END AS server,
      CASE WHEN forward THEN pkt_srcaddr ELSE pkt_dstaddr END AS pkt_client,
      CASE WHEN forward THEN pkt_dstaddr ELSE pkt_srcaddr END AS pkt_server,
      CASE WHEN forward THEN ingress > egress ELSE egress > ingress END AS comes_in
    FROM directed
    INNER JOIN interfaces
      ON interfaces.interface = directed.interface
  ), placed AS (
    SELECT
      sided.*,
      CASE
        WHEN kind = 'nat-gateway' AND server = own
        THEN 'nat-inside'
        WHEN kind = 'nat-gateway' AND client = own
        THEN 'nat-outside'
        WHEN kind = 'regional-nat-gateway' AND comes_in
        THEN 'nat-inside'
        WHEN kind = 'regional-nat-gateway'
        THEN 'nat-outside'
        ELSE 'eni'
      END AS leg
    FROM sided
  ), named AS (
    SELECT
      placed.*,
      CASE WHEN leg = 'nat-inside' THEN pkt_server ELSE server END AS destination,
      CASE
        WHEN leg = 'nat-inside'
        THEN client
        WHEN leg = 'nat-outside' AND pkt_client <> '-'
        THEN pkt_client
        WHEN kind = 'regional-nat-gateway'
        THEN client
        ELSE own
      END AS address,
      CASE
        WHEN leg = 'nat-outside' AND pkt_client = '-' AND kind <> 'regional-nat-gateway'
        THEN 0
        ELSE 1
      END AS told
    FROM placed
  )
  SELECT
    interface,
    srcaddr,
    dstaddr,
    pkt_srcaddr,
    pkt_dstaddr,
    protocol,
    kind,
    leg,
    forward,
    client,
    destination,
    address,
    told,
    flagged,
    records,
    DENSE_RANK() OVER (
      ORDER BY interface, leg, client, server, pkt_client, pkt_server, protocol, flagged
    ) AS flow
  FROM named
)
SELECT
  *
FROM legs;

-- Stage: flows
CREATE TABLE "default"."narrows_flows" AS
WITH legs AS (
  SELECT
    *
  FROM "default"."narrows_legs"
), flows AS (
  /* Each flow once, with what the bounds of its connections depend on. */
  SELECT
    flow,
    interface,
    leg,
    MIN(flagged) AS flagged,
    CASE leg WHEN 'nat-outside' THEN 60 WHEN 'nat-inside' THEN 0 ELSE 0 END AS hold,
    CASE leg WHEN 'nat-outside' THEN 30 WHEN 'nat-inside' THEN 0 ELSE 1 END AS half_open
  FROM legs
  GROUP BY
    flow,
    interface,
    leg
)
SELECT
  *
FROM flows;

-- Stage: logged
CREATE TABLE "default"."narrows_logged" AS
WITH records AS (
  SELECT
    CASE
      WHEN CASE
        WHEN "interface_id" IS NULL
        OR "interface_id" IN ('', 'None')
        OR LENGTH("interface_id") > 64
        THEN '-'
        ELSE "interface_id"
      END = '-'
      THEN CASE
        WHEN "resource_id" IS NULL
        OR "resource_id" IN ('', 'None')
        OR LENGTH("resource_id") > 64
        THEN '-'
        ELSE "resource_id"
      END
      ELSE CASE
        WHEN "interface_id" IS NULL
        OR "interface_id" IN ('', 'None')
        OR LENGTH("interface_id") > 64
        THEN '-'
        ELSE "interface_id"
      END
    END AS interface,
    CASE
      WHEN "srcaddr" IS NULL OR "srcaddr" IN ('', 'None') OR LENGTH("srcaddr") > 64
      THEN '-'
      ELSE "srcaddr"
    END AS srcaddr,
    CASE
      WHEN "dstaddr" IS NULL OR "dstaddr" IN ('', 'None') OR LENGTH("dstaddr") > 64
      THEN '-'
      ELSE "dstaddr"
    END AS dstaddr,
    CASE
      WHEN "pkt_srcaddr" IS NULL
      OR "pkt_srcaddr" IN ('', 'None')
      OR LENGTH("pkt_srcaddr") > 64
      THEN '-'
      ELSE "pkt_srcaddr"
    END AS pkt_srcaddr,
    CASE
      WHEN "pkt_dstaddr" IS NULL
      OR "pkt_dstaddr" IN ('', 'None')
      OR LENGTH("pkt_dstaddr") > 64
      THEN '-'
      ELSE "pkt_dstaddr"
    END AS pkt_dstaddr,
    TRY_CAST("srcport" AS INTEGER) AS srcport,
    TRY_CAST("dstport" AS INTEGER) AS dstport,
    TRY_CAST("protocol" AS INTEGER) AS protocol,
    CASE
      WHEN "start" BETWEEN 1262304000 AND 4102444799
      THEN "start"
      WHEN "start" BETWEEN 1262304000000 AND 4102444799999
      THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
    END AS first_s,
    CASE
      WHEN "end" BETWEEN 1262304000 AND 4102444799
      THEN "end"
      WHEN "end" BETWEEN 1262304000000 AND 4102444799999
      THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
    END AS last_s,
    CASE WHEN "bytes" BETWEEN 0 AND 10000000000000 THEN "bytes" END AS octets,
    TRY_CAST("tcp_flags" AS INTEGER) AS flags,
    CASE
      WHEN "flow_direction" IS NULL
      OR "flow_direction" IN ('', 'None')
      OR LENGTH("flow_direction") > 64
      THEN '-'
      ELSE "flow_direction"
    END AS direction,
    CASE
      WHEN "instance_id" IS NULL
      OR "instance_id" IN ('', 'None')
      OR LENGTH("instance_id") > 64
      THEN '-'
      ELSE "instance_id"
    END AS instance,
    CASE
      WHEN "interface_type" IS NULL
      OR "interface_type" IN ('', 'None')
      OR LENGTH("interface_type") > 64
      THEN '-'
      ELSE "interface_type"
    END AS interface_type,
    CASE
      WHEN CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END < 1795176000
      OR CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END > 1795179600
      THEN 'outside-window'
      WHEN "log_status" = 'SKIPDATA'
      THEN 'skipdata'
      WHEN CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END < CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END
      THEN 'end-before-start'
      WHEN CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END - CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END > 3600
      THEN 'too-long'
      WHEN "log_status" = 'NODATA'
      THEN 'nodata'
      WHEN NOT "srcport" BETWEEN 0 AND 65535
      OR NOT "dstport" BETWEEN 0 AND 65535
      OR NOT "protocol" BETWEEN 0 AND 255
      OR NOT "tcp_flags" BETWEEN 0 AND 255
      THEN 'impossible-number'
      WHEN "start" IS NULL OR "end" IS NULL
      THEN 'no-time'
      WHEN CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END IS NULL
      OR CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END IS NULL
      THEN 'impossible-time'
      WHEN CASE
        WHEN CASE
          WHEN "interface_id" IS NULL
          OR "interface_id" IN ('', 'None')
          OR LENGTH("interface_id") > 64
          THEN '-'
          ELSE "interface_id"
        END = '-'
        THEN CASE
          WHEN "resource_id" IS NULL
          OR "resource_id" IN ('', 'None')
          OR LENGTH("resource_id") > 64
          THEN '-'
          ELSE "resource_id"
        END
        ELSE CASE
          WHEN "interface_id" IS NULL
          OR "interface_id" IN ('', 'None')
          OR LENGTH("interface_id") > 64
          THEN '-'
          ELSE "interface_id"
        END
      END = '-'
      THEN 'no-interface'
      WHEN CASE
        WHEN "srcaddr" IS NULL OR "srcaddr" IN ('', 'None') OR LENGTH("srcaddr") > 64
        THEN '-'
        ELSE "srcaddr"
      END = '-'
      OR CASE
        WHEN "dstaddr" IS NULL OR "dstaddr" IN ('', 'None') OR LENGTH("dstaddr") > 64
        THEN '-'
        ELSE "dstaddr"
      END = '-'
      THEN 'no-address'
      WHEN "protocol" IS NULL
      OR NOT "protocol" IN (6, 17)
      OR "srcport" IS NULL
      OR "dstport" IS NULL
      THEN 'no-ports'
      WHEN "action" = 'REJECT'
      THEN 'rejected'
      ELSE 'used'
    END AS reason
  FROM "default"."narrows_flow_logs"
  WHERE
    "aws-account-id" = '111122223333'
    AND "aws-region" = 'us-east-1'
    AND "year" IN ('2026')
    AND "month" IN ('11')
    AND "day" IN ('20')
    AND "hour" IN ('12', '13', '14')
    AND CONCAT(
      CAST("year" AS VARCHAR),
      CAST("month" AS VARCHAR),
      CAST("day" AS VARCHAR),
      CAST("hour" AS VARCHAR)
    ) BETWEEN '2026112012' AND '2026112014'
), logged AS (
  /* The minutes in which each interface has a record that ends there, from its first end to its last; one that says that there */
  /* was no traffic (NODATA) covers its time. `flagged` and `unflagged`: whether TCP records of it have tcp-flags, and not. */
  SELECT
    interface,
    CAST(FLOOR(CAST(last_s AS DOUBLE) / 60) AS BIGINT) AS minute,
    MIN(CASE WHEN reason = 'nodata' THEN first_s ELSE last_s END) AS from_s,
    MAX(last_s) AS to_s,
    MAX(
      CASE WHEN reason = 'used' AND protocol = 6 AND NOT flags IS NULL THEN 1 ELSE 0 END
    ) AS flagged,
    MAX(CASE WHEN reason = 'used' AND protocol = 6 AND flags IS NULL THEN 1 ELSE 0 END) AS unflagged
  FROM records
  WHERE
    reason IN ('used', 'rejected', 'nodata', 'no-ports')
    AND NOT first_s IS NULL
    AND NOT last_s IS NULL
  GROUP BY
    interface,
    CAST(FLOOR(CAST(last_s AS DOUBLE) / 60) AS BIGINT)
)
SELECT
  *
FROM logged;

-- Stage: blind
CREATE TABLE "default"."narrows_blind" AS
WITH logged AS (
  SELECT
    *
  FROM "default"."narrows_logged"
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), pairs AS (
  SELECT
    *
  FROM "default"."narrows_pairs"
), blind AS (
  /* AWS says so (SKIPDATA); or no record of it ends for longer than an interface with traffic or NODATA can be silent; or none */
  /* at all ends in a whole delivery; or the logs begin later, or end sooner, than the time in question: of records of 600 s */
  /* also those of one interface, whose last may be as long after the others'. */
  /* What a packet in (from_s, to_s) said may be in no record that has been read; what was open then and fell silent is */
  /* forgotten at until_s. */
  WITH known_interfaces AS (
    SELECT DISTINCT
      interface
    FROM logged
  ), followed AS (
    SELECT
      interface,
      to_s AS from_s,
      LEAD(from_s) OVER (PARTITION BY interface ORDER BY minute) AS to_s
    FROM logged
  ), slots AS (
    SELECT DISTINCT
      CAST(FLOOR(CAST(minute * 60 AS DOUBLE) / 300) AS BIGINT) AS slot
    FROM logged
  ), deliveries AS (
    SELECT
      slot,
      LEAD(slot) OVER (ORDER BY slot) AS next_slot
    FROM slots
  ), edges AS (
    SELECT
      MIN(from_s) AS begin_s,
      MAX(to_s) AS end_s
    FROM logged
  ), of_all AS (
    SELECT
      (
        slot + 1
      ) * 300 AS from_s,
      next_slot * 300 AS to_s,
      0 AS patience
    FROM deliveries
    WHERE
      next_slot > slot + 1
    UNION ALL
    SELECT
      CAST(1795176000 AS BIGINT) AS from_s,
      begin_s AS to_s,
      300 AS patience
    FROM edges
    WHERE
      1795176000 > 0
    UNION ALL
    SELECT
      end_s AS from_s,
      CAST(1795179600 AS BIGINT) AS to_s,
      300 AS patience
    FROM edges
    WHERE
      1795179600 > 0
  ), ends AS (
    SELECT
      interface,
      MAX(to_s) AS from_s
    FROM logged
    GROUP BY
      interface
  ), missing AS (
    SELECT
      interface,
      from_s,
      to_s,
      900 AS patience
    FROM followed
    UNION ALL
    SELECT
      known_interfaces.interface,
      of_all.from_s,
      of_all.to_s,
      of_all.patience
    FROM of_all
    CROSS JOIN known_interfaces
    UNION ALL
    SELECT
      ends.interface,
      ends.from_s,
      CAST(1795179600 AS BIGINT) AS to_s,
      300 AS patience
    FROM ends
    CROSS JOIN bounds
    WHERE
      1795179600 > 0 AND bounds.interval_s > 60
    UNION ALL
    SELECT
      interface,
      MIN(first_s) AS from_s,
      MAX(last_s) AS to_s,
      -1 AS patience
    FROM pairs
    WHERE
      reason = 'skipdata' AND NOT first_s IS NULL AND NOT last_s IS NULL
    GROUP BY
      interface
  )
  SELECT
    missing.interface,
    missing.from_s - bounds.interval_s AS from_s,
    missing.to_s,
    missing.to_s + 350 AS until_s
  FROM missing
  CROSS JOIN bounds
  WHERE
    missing.to_s - missing.from_s > LEAST(missing.patience, 2 * bounds.interval_s)
)
SELECT
  *
FROM blind;

-- Stage: seen
CREATE TABLE "default"."narrows_seen" AS
WITH flows AS (
  SELECT
    *
  FROM "default"."narrows_flows"
), blind AS (
  SELECT
    *
  FROM "default"."narrows_blind"
), seen AS (
  /* What was open in one of them is sure where a record is in it, or in a later one. The stretches of most interfaces are one, */
  /* without beginning or end. */
  WITH ends AS (
    SELECT
      interface,
      from_s,
      to_s,
      MAX(to_s) OVER earlier AS before_to_s
    FROM blind
    WINDOW earlier AS (
      PARTITION BY interface
      ORDER BY from_s, to_s
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
  ), stretches AS (
    SELECT
      interface,
      COALESCE(before_to_s, 0) AS from_s,
      from_s AS to_s
    FROM ends
    UNION ALL
    SELECT
      interface,
      MAX(to_s) AS from_s,
      4102444799 AS to_s
    FROM blind
    GROUP BY
      interface
  )
  SELECT
    flows.flow,
    COALESCE(stretches.from_s, 0) AS from_s,
    COALESCE(stretches.to_s, 4102444799) AS to_s
  FROM flows
  LEFT JOIN stretches
    ON stretches.interface = flows.interface
  WHERE
    stretches.interface IS NULL OR stretches.from_s <= stretches.to_s
)
SELECT
  *
FROM seen;

-- Stage: sided
CREATE TABLE "default"."narrows_sided" AS
WITH records AS (
  SELECT
    CASE
      WHEN CASE
        WHEN "interface_id" IS NULL
        OR "interface_id" IN ('', 'None')
        OR LENGTH("interface_id") > 64
        THEN '-'
        ELSE "interface_id"
      END = '-'
      THEN CASE
        WHEN "resource_id" IS NULL
        OR "resource_id" IN ('', 'None')
        OR LENGTH("resource_id") > 64
        THEN '-'
        ELSE "resource_id"
      END
      ELSE CASE
        WHEN "interface_id" IS NULL
        OR "interface_id" IN ('', 'None')
        OR LENGTH("interface_id") > 64
        THEN '-'
        ELSE "interface_id"
      END
    END AS interface,
    CASE
      WHEN "srcaddr" IS NULL OR "srcaddr" IN ('', 'None') OR LENGTH("srcaddr") > 64
      THEN '-'
      ELSE "srcaddr"
    END AS srcaddr,
    CASE
      WHEN "dstaddr" IS NULL OR "dstaddr" IN ('', 'None') OR LENGTH("dstaddr") > 64
      THEN '-'
      ELSE "dstaddr"
    END AS dstaddr,
    CASE
      WHEN "pkt_srcaddr" IS NULL
      OR "pkt_srcaddr" IN ('', 'None')
      OR LENGTH("pkt_srcaddr") > 64
      THEN '-'
      ELSE "pkt_srcaddr"
    END AS pkt_srcaddr,
    CASE
      WHEN "pkt_dstaddr" IS NULL
      OR "pkt_dstaddr" IN ('', 'None')
      OR LENGTH("pkt_dstaddr") > 64
      THEN '-'
      ELSE "pkt_dstaddr"
    END AS pkt_dstaddr,
    TRY_CAST("srcport" AS INTEGER) AS srcport,
    TRY_CAST("dstport" AS INTEGER) AS dstport,
    TRY_CAST("protocol" AS INTEGER) AS protocol,
    CASE
      WHEN "start" BETWEEN 1262304000 AND 4102444799
      THEN "start"
      WHEN "start" BETWEEN 1262304000000 AND 4102444799999
      THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
    END AS first_s,
    CASE
      WHEN "end" BETWEEN 1262304000 AND 4102444799
      THEN "end"
      WHEN "end" BETWEEN 1262304000000 AND 4102444799999
      THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
    END AS last_s,
    CASE WHEN "bytes" BETWEEN 0 AND 10000000000000 THEN "bytes" END AS octets,
    TRY_CAST("tcp_flags" AS INTEGER) AS flags,
    CASE
      WHEN "flow_direction" IS NULL
      OR "flow_direction" IN ('', 'None')
      OR LENGTH("flow_direction") > 64
      THEN '-'
      ELSE "flow_direction"
    END AS direction,
    CASE
      WHEN "instance_id" IS NULL
      OR "instance_id" IN ('', 'None')
      OR LENGTH("instance_id") > 64
      THEN '-'
      ELSE "instance_id"
    END AS instance,
    CASE
      WHEN "interface_type" IS NULL
      OR "interface_type" IN ('', 'None')
      OR LENGTH("interface_type") > 64
      THEN '-'
      ELSE "interface_type"
    END AS interface_type,
    CASE
      WHEN CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END < 1795176000
      OR CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END > 1795179600
      THEN 'outside-window'
      WHEN "log_status" = 'SKIPDATA'
      THEN 'skipdata'
      WHEN CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END < CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END
      THEN 'end-before-start'
      WHEN CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END - CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END > 3600
      THEN 'too-long'
      WHEN "log_status" = 'NODATA'
      THEN 'nodata'
      WHEN NOT "srcport" BETWEEN 0 AND 65535
      OR NOT "dstport" BETWEEN 0 AND 65535
      OR NOT "protocol" BETWEEN 0 AND 255
      OR NOT "tcp_flags" BETWEEN 0 AND 255
      THEN 'impossible-number'
      WHEN "start" IS NULL OR "end" IS NULL
      THEN 'no-time'
      WHEN CASE
        WHEN "start" BETWEEN 1262304000 AND 4102444799
        THEN "start"
        WHEN "start" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      END IS NULL
      OR CASE
        WHEN "end" BETWEEN 1262304000 AND 4102444799
        THEN "end"
        WHEN "end" BETWEEN 1262304000000 AND 4102444799999
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      END IS NULL
      THEN 'impossible-time'
      WHEN CASE
        WHEN CASE
          WHEN "interface_id" IS NULL
          OR "interface_id" IN ('', 'None')
          OR LENGTH("interface_id") > 64
          THEN '-'
          ELSE "interface_id"
        END = '-'
        THEN CASE
          WHEN "resource_id" IS NULL
          OR "resource_id" IN ('', 'None')
          OR LENGTH("resource_id") > 64
          THEN '-'
          ELSE "resource_id"
        END
        ELSE CASE
          WHEN "interface_id" IS NULL
          OR "interface_id" IN ('', 'None')
          OR LENGTH("interface_id") > 64
          THEN '-'
          ELSE "interface_id"
        END
      END = '-'
      THEN 'no-interface'
      WHEN CASE
        WHEN "srcaddr" IS NULL OR "srcaddr" IN ('', 'None') OR LENGTH("srcaddr") > 64
        THEN '-'
        ELSE "srcaddr"
      END = '-'
      OR CASE
        WHEN "dstaddr" IS NULL OR "dstaddr" IN ('', 'None') OR LENGTH("dstaddr") > 64
        THEN '-'
        ELSE "dstaddr"
      END = '-'
      THEN 'no-address'
      WHEN "protocol" IS NULL
      OR NOT "protocol" IN (6, 17)
      OR "srcport" IS NULL
      OR "dstport" IS NULL
      THEN 'no-ports'
      WHEN "action" = 'REJECT'
      THEN 'rejected'
      ELSE 'used'
    END AS reason
  FROM "default"."narrows_flow_logs"
  WHERE
    "aws-account-id" = '111122223333'
    AND "aws-region" = 'us-east-1'
    AND "year" IN ('2026')
    AND "month" IN ('11')
    AND "day" IN ('20')
    AND "hour" IN ('12', '13', '14')
    AND CONCAT(
      CAST("year" AS VARCHAR),
      CAST("month" AS VARCHAR),
      CAST("day" AS VARCHAR),
      CAST("hour" AS VARCHAR)
    ) BETWEEN '2026112012' AND '2026112014'
), legs AS (
  SELECT
    *
  FROM "default"."narrows_legs"
), logged AS (
  SELECT
    *
  FROM "default"."narrows_logged"
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), flagless AS (
  /* When TCP records of an interface without tcp-flags are left out: another flow log of it has them at the same time, and */
  /* says the same. A record of the one may reach an interval into those of the other. */
  SELECT
    logged.interface,
    CAST(FLOOR(CAST(logged.minute * 60 AS DOUBLE) / 300) AS BIGINT) AS slot,
    MIN(CASE WHEN logged.flagged = 1 THEN logged.minute * 60 END) - MAX(bounds.interval_s) AS from_s,
    MAX(CASE WHEN logged.flagged = 1 THEN logged.minute * 60 + 59 END) + MAX(bounds.interval_s) AS to_s
  FROM logged
  CROSS JOIN bounds
  WHERE
    logged.interface IN (
      SELECT
        interface
      FROM logged
      WHERE
        unflagged = 1
    )
  GROUP BY
    logged.interface,
    CAST(FLOOR(CAST(logged.minute * 60 AS DOUBLE) / 300) AS BIGINT)
  HAVING
    MAX(logged.flagged) = 1
), sided AS (
  /* Every record that counts, with its connection's side and five-tuple as one number: flow, client port, server port. */
  /* `answers`: it shows that the server answered. A SYN-ACK, or from the client more than a SYN. */
  /* Records without tcp-flags are left out where another flow log has the same with them (flagless.sql). */
  /* Of what the server sends only that and the end of a connection count: whatever else it sends, the client acknowledges. */
  SELECT
    CAST(legs.flow AS BIGINT) * 4294967296 + (
      CASE WHEN legs.forward THEN records.srcport ELSE records.dstport END
    ) * CAST(65536 AS BIGINT) + (
      CASE WHEN legs.forward THEN records.dstport ELSE records.srcport END
    ) AS five_tuple,
    records.first_s,
    records.last_s,
    CAST(CASE WHEN legs.forward THEN 1 ELSE 0 END AS TINYINT) AS forward,
    CAST(CASE
      WHEN legs.forward AND (
        BITWISE_AND(records.flags, 18)
      ) = 2
      THEN 1
      ELSE 0
    END AS TINYINT) AS syn,
    CAST(CASE WHEN (
      BITWISE_AND(records.flags, 5)
    ) <> 0 THEN 1 ELSE 0 END AS TINYINT) AS ends,
    CAST(CASE
      WHEN records.flags IS NULL OR (
        BITWISE_AND(records.flags, 18)
      ) = 18
      THEN 1
      WHEN legs.forward AND (
        BITWISE_AND(records.flags, 2)
      ) = 0
      THEN 1
      ELSE 0
    END AS TINYINT) AS answers
  FROM records
  INNER JOIN legs
    ON legs.interface = records.interface
    AND legs.srcaddr = records.srcaddr
    AND legs.dstaddr = records.dstaddr
    AND legs.pkt_srcaddr = records.pkt_srcaddr
    AND legs.pkt_dstaddr = records.pkt_dstaddr
    AND legs.protocol = records.protocol
    AND legs.flagged = CASE WHEN records.flags IS NULL OR records.protocol <> 6 THEN 0 ELSE 1 END
  LEFT JOIN flagless
    ON flagless.interface = records.interface
    AND flagless.from_s <= records.last_s
    AND flagless.to_s >= records.last_s
    AND records.protocol = 6
    AND records.flags IS NULL
  WHERE
    flagless.interface IS NULL
    AND records.reason = 'used'
    AND (
      legs.forward
      OR (
        BITWISE_AND(records.flags, 5)
      ) <> 0
      OR (
        BITWISE_AND(records.flags, 18)
      ) = 18
    )
)
SELECT
  *
FROM sided;

-- Stage: tuples
CREATE TABLE "default"."narrows_tuples" AS
WITH sided AS (
  SELECT
    *
  FROM "default"."narrows_sided"
), flows AS (
  SELECT
    *
  FROM "default"."narrows_flows"
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), tuples AS (
  /* Each five-tuple over all of its records. It is `simple`, and surely no more than one connection, if there is at most */
  /* one SYN, at its beginning, and no room for a silence as long as the idle timeout: it lasts no longer, or so few of its */
  /* intervals are without a record that none can be. Most are, and need no sorting. */
  WITH counted AS (
    SELECT
      five_tuple,
      MIN(first_s) AS first_s,
      MAX(last_s) AS last_s,
      SUM(syn) AS syns,
      SUM(forward) AS forwards,
      MIN(CASE WHEN syn = 1 THEN first_s END) AS syn_s,
      MIN(CASE WHEN syn = 1 THEN last_s END) AS syn_last_s,
      MIN(CASE WHEN forward = 1 THEN last_s END) AS first_record_last_s,
      MAX(CASE WHEN answers = 1 THEN last_s END) AS answer_s,
      MIN(CASE WHEN answers = 1 AND forward = 0 THEN first_s END) AS answered_from_s,
      MAX(CASE WHEN ends = 1 THEN last_s END) AS end_s,
      MIN(CASE WHEN ends = 1 THEN last_s END) AS first_end_s
    FROM sided
    GROUP BY
      five_tuple
  )
  SELECT
    counted.*,
    CASE
      WHEN flows.flagged = 0 AND forwards > 1
      THEN 0
      WHEN syns > 1 OR syn_s > counted.first_s
      THEN 0
      WHEN counted.last_s - counted.first_s <= 350
      THEN 1
      WHEN (
        FLOOR(CAST((
          counted.last_s - counted.first_s
        ) AS DOUBLE) / bounds.interval_s) - forwards + 2
      ) * bounds.interval_s <= 350
      THEN 1
      ELSE 0
    END AS simple
  FROM counted
  INNER JOIN flows
    ON flows.flow = CAST(TRUNCATE(CAST(counted.five_tuple AS DOUBLE) / 4294967296) AS BIGINT)
  CROSS JOIN bounds
)
SELECT
  *
FROM tuples;

-- Stage: timeline
CREATE TABLE "default"."narrows_timeline" AS
WITH sided AS (
  SELECT
    *
  FROM "default"."narrows_sided"
), tuples AS (
  SELECT
    *
  FROM "default"."narrows_tuples"
), timeline AS (
  /* The records of each five-tuple that is not simple, in order, each with what came before it. The SYN goes first among */
  /* records that start in the same second: the answer belongs to it. */
  /* `place` is all that they are ordered by in one number, which sorts twice as fast as four: start, SYN, duration, side. */
  WITH placed AS (
    SELECT
      sided.*,
      (
        (
          sided.first_s * 2 + 1 - sided.syn
        ) * 2048 + LEAST(sided.last_s - sided.first_s, 2047)
      ) * 2 + sided.forward AS place
    FROM sided
    INNER JOIN tuples
      ON tuples.five_tuple = sided.five_tuple
    WHERE
      tuples.simple = 0
  )
  SELECT
    five_tuple,
    place,
    first_s,
    last_s,
    forward,
    syn,
    MAX(last_s) OVER earlier AS before_last,
    MAX(CASE WHEN answers = 1 THEN last_s END) OVER earlier AS before_answer_s,
    MAX(CASE WHEN ends = 1 THEN last_s END) OVER earlier AS before_end_s,
    LAG(syn) OVER (PARTITION BY five_tuple ORDER BY place) AS before_syn,
    LAG(ends) OVER (PARTITION BY five_tuple ORDER BY place) AS before_ends,
    LAG(ends, 2) OVER (PARTITION BY five_tuple ORDER BY place) AS before_before_ends,
    MIN(CASE WHEN ends = 1 THEN last_s END) OVER (PARTITION BY five_tuple ORDER BY place ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING) AS soon_end_s
  FROM placed
  WINDOW earlier AS (
    PARTITION BY five_tuple
    ORDER BY place
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  )
)
SELECT
  *
FROM timeline;

-- Stage: segments
CREATE TABLE "default"."narrows_segments" AS
WITH timeline AS (
  SELECT
    *
  FROM "default"."narrows_timeline"
), tuples AS (
  SELECT
    *
  FROM "default"."narrows_tuples"
), segments AS (
  /* One row for each connection that the records of a five-tuple show. A new one begins with a SYN (but not where it comes */
  /* when one that nobody has answered would be sent again), and after a silence in which every table has forgotten the old */
  /* one. */
  /* What came before the next one's beginning is how this one ended. */
  /*     mixed      the one before it has not ended in an earlier record, so it did in the first of this one; where, is unknown */
  /*     shared     its first record also has the end of a connection: it may hold several */
  /*     shared_next   so may the first record of the next one */
  /*     answered_from_s   the first answer, as far as it is known: a SYN before it may have been forgotten */
  WITH cut AS (
    SELECT
      timeline.*,
      CASE
        WHEN before_last IS NULL
        THEN 1
        WHEN first_s - before_last > 350
        THEN 1
        WHEN syn = 1 AND before_syn = 0
        THEN 1
        WHEN syn = 1
        AND first_s > before_last
        AND NOT first_s - before_last IN (1, 2, 3, 4, 5, 8, 9, 16, 17)
        THEN 1
        ELSE 0
      END AS begins
    FROM timeline
  ), heads AS (
    SELECT
      cut.*,
      CASE WHEN soon_end_s <= last_s + 2 THEN 1 ELSE 0 END AS shared
    FROM cut
    WHERE
      begins = 1
  ), followed AS (
    SELECT
      heads.*,
      LEAD(first_s) OVER in_order AS next_s,
      LEAD(before_last) OVER in_order AS next_before_last,
      LEAD(before_answer_s) OVER in_order AS next_before_answer_s,
      LEAD(before_end_s) OVER in_order AS next_before_end_s,
      LEAD(shared) OVER in_order AS shared_next
    FROM heads
    WINDOW in_order AS (PARTITION BY five_tuple ORDER BY place)
  ), ended AS (
    SELECT
      followed.*,
      CASE WHEN next_s IS NULL THEN tuples.last_s ELSE next_before_last END AS to_s,
      CASE WHEN next_s IS NULL THEN tuples.answer_s ELSE next_before_answer_s END AS answer_s,
      CASE WHEN next_s IS NULL THEN tuples.end_s ELSE next_before_end_s END AS end_s
    FROM followed
    INNER JOIN tuples
      ON tuples.five_tuple = followed.five_tuple
  )
  SELECT
    five_tuple,
    first_s,
    to_s AS last_s,
    syn AS opened,
    CASE WHEN answer_s >= first_s THEN 1 ELSE 0 END AS answered,
    first_s AS answered_from_s,
    CASE WHEN end_s >= first_s AND end_s >= to_s - 2 THEN 1 ELSE 0 END AS closed,
    CASE WHEN end_s >= first_s AND end_s < to_s - 2 THEN 1 ELSE 0 END AS went_on,
    CASE
      WHEN syn = 1
      AND COALESCE(before_ends, 0) + COALESCE(before_before_ends, 0) = 0
      AND first_s - before_last <= 350
      THEN 1
      ELSE 0
    END AS mixed,
    shared,
    last_s AS first_record_last_s,
    CASE WHEN before_last IS NULL THEN 1 ELSE 0 END AS is_first,
    first_s - before_last AS silence_before,
    next_s,
    shared_next,
    CAST(TRUNCATE(CAST(five_tuple AS DOUBLE) / 4294967296) AS BIGINT) AS flow,
    CAST(five_tuple % 65536 AS INTEGER) AS server_port
  FROM ended
  UNION ALL
  SELECT
    five_tuple,
    first_s,
    last_s,
    CASE WHEN syns > 0 THEN 1 ELSE 0 END AS opened,
    CASE WHEN answer_s IS NULL THEN 0 ELSE 1 END AS answered,
    GREATEST(first_s, COALESCE(answered_from_s, first_s)) AS answered_from_s,
    CASE WHEN end_s >= last_s - 2 THEN 1 ELSE 0 END AS closed,
    CASE WHEN end_s < last_s - 2 THEN 1 ELSE 0 END AS went_on,
    0 AS mixed,
    CASE
      WHEN first_end_s <= COALESCE(syn_last_s, first_record_last_s) + 2
      THEN 1
      ELSE 0
    END AS shared,
    COALESCE(syn_last_s, first_record_last_s) AS first_record_last_s,
    1 AS is_first,
    CAST(NULL AS BIGINT) AS silence_before,
    CAST(NULL AS BIGINT) AS next_s,
    CAST(NULL AS INTEGER) AS shared_next,
    CAST(TRUNCATE(CAST(five_tuple AS DOUBLE) / 4294967296) AS BIGINT) AS flow,
    CAST(five_tuple % 65536 AS INTEGER) AS server_port
  FROM tuples
  WHERE
    simple = 1
)
SELECT
  *
FROM segments;

-- Stage: habits
CREATE TABLE "default"."narrows_habits" AS
WITH segments AS (
  SELECT
    *
  FROM "default"."narrows_segments"
), flows AS (
  SELECT
    *
  FROM "default"."narrows_flows"
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), habits AS (
  /* How soon the ports of each interface are given out again, from what is seen of it. */
  /*     reused   connections whose port was another's within an interval before, or that go on after their FIN: then there */
  /*              were two */
  /*     hidden   for each connection that is seen, how many others share its records from SYN to FIN and are not: a silence */
  /*              of s seconds that falls on the border of two records stands for interval / s that do not */
  WITH owned AS (
    SELECT
      flows.interface,
      bounds.interval_s,
      segments.silence_before,
      segments.went_on,
      CASE WHEN silence_before <= interval_s AND opened = 1 THEN 1 ELSE 0 END AS soon,
      CASE
        WHEN silence_before <= interval_s AND opened = 1 AND mixed = 0
        THEN 1
        ELSE 0
      END AS straddling
    FROM segments
    INNER JOIN flows
      ON flows.flow = segments.flow
    CROSS JOIN bounds
    WHERE
      segments.answered = 1
  )
  SELECT
    interface,
    SUM(GREATEST(soon, went_on)) AS reused,
    COUNT(*) AS connections,
    CAST(SUM(
      went_on + CASE
        WHEN straddling = 1
        THEN FLOOR(CAST(interval_s AS DOUBLE) / (
          silence_before + 0.5
        ))
        ELSE 0
      END
    ) AS DOUBLE) / COUNT(*) AS hidden
  FROM owned
  GROUP BY
    interface
)
SELECT
  *
FROM habits;

-- Stage: spans
CREATE TABLE "default"."narrows_spans" AS
WITH segments AS (
  SELECT
    *
  FROM "default"."narrows_segments"
), flows AS (
  SELECT
    *
  FROM "default"."narrows_flows"
), habits AS (
  SELECT
    *
  FROM "default"."narrows_habits"
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), spans AS (
  /* From when to when each connection was open, at least (`low`) and at most (`high`), in seconds since 1970. */
  /*     low   open at the very start of every second in (low_from, low_to] */
  /*     high  open at some moment of every second in [high_from, high_to] */
  /* With tcp-flags a connection without FIN or RST stays in the tables until their idle timeout, and one without SYN was */
  /* open before the logs begin. Without tcp-flags a table may hold any connection for the idle timeout after its last */
  /* record, and only the records themselves are sure (see sure.sql). A SYN that nobody answered: see tries.sql; one that was */
  /* refused (RST) holds an entry as a closed connection does. */
  /* Where ports are given out again soon, a record with both SYN and FIN may hold several connections, and what goes on */
  /* within it is in doubt: */
  /*     doubt   in (doubt_from, doubt_to] it may be between two of them */
  /*     cross   until cross_to, the beginning of the next such record, the last of them may still be open */
  /*     kept    the last of them may have fallen silent without FIN: then it stays until kept_to. A port that is given out */
  /*             again sooner was free, so no connection was left on it */
  WITH followed AS (
    SELECT
      segments.*,
      bounds.begin_s,
      bounds.end_s,
      bounds.interval_s,
      flows.interface,
      flows.leg,
      flows.flagged,
      flows.hold,
      flows.half_open,
      CASE
        WHEN answered = 0 OR opened = 0
        THEN 0
        WHEN mixed = 1
        THEN 1
        WHEN shared = 1 AND (
          habits.reused > 0 OR bounds.borders = 0
        )
        THEN 1
        ELSE 0
      END AS doubtful,
      CASE WHEN last_s <= first_record_last_s + 2 THEN 1 ELSE 0 END AS one_record
    FROM segments
    INNER JOIN flows
      ON flows.flow = segments.flow
    LEFT JOIN habits
      ON habits.interface = flows.interface
    CROSS JOIN bounds
  )
  SELECT
    flow,
    leg,
    server_port,
    first_s,
    last_s,
    flagged,
    opened,
    answered,
    half_open,
    CASE WHEN opened = 1 AND answered = 0 AND closed = 1 THEN 1 ELSE 0 END AS refused,
    CASE
      WHEN flagged = 1
      AND opened = 1
      AND answered = 1
      AND mixed = 0
      AND silence_before <= interval_s
      THEN 1
      ELSE 0
    END AS straddling,
    CASE
      WHEN flagged = 1
      AND opened = 1
      AND answered = 0
      AND closed = 0
      AND last_s - first_s IN (0, 1, 3, 7, 15, 31)
      THEN 1
      ELSE 0
    END AS on_schedule,
    CASE
      WHEN flagged = 0 OR (
        opened = 1 AND answered = 0
      )
      THEN NULL
      WHEN doubtful = 1
      THEN first_record_last_s
      WHEN opened = 0 AND is_first = 1 AND first_s - begin_s <= 350
      THEN begin_s
      ELSE answered_from_s
    END AS low_from,
    CASE
      WHEN flagged = 0 OR (
        opened = 1 AND answered = 0
      )
      THEN NULL
      WHEN closed = 1
      THEN last_s
      ELSE GREATEST(last_s, LEAST(last_s + 350, end_s - interval_s, COALESCE(next_s, end_s)))
    END AS low_to,
    CASE WHEN flagged = 1 AND doubtful = 1 THEN first_s END AS doubt_from,
    CASE WHEN flagged = 1 AND doubtful = 1 THEN first_record_last_s END AS doubt_to,
    CASE
      WHEN flagged = 1 AND opened = 0
      THEN GREATEST(begin_s, first_s - 350)
      ELSE first_s
    END AS high_from,
    CASE
      WHEN opened = 1 AND answered = 0 AND closed = 0
      THEN LEAST(last_s + half_open, end_s)
      WHEN closed = 1
      THEN GREATEST(last_s, LEAST(last_s + hold, COALESCE(next_s - 1, end_s), end_s))
      ELSE GREATEST(last_s, LEAST(last_s + 350, COALESCE(next_s - 1, end_s), end_s))
    END AS high_to,
    CASE
      WHEN doubtful = 1
      AND closed = 1
      AND one_record = 1
      AND shared_next = 1
      AND next_s - last_s <= 350
      THEN next_s - 1
    END AS cross_to,
    CASE
      WHEN doubtful = 1
      AND closed = 1
      AND one_record = 1
      AND (
        next_s IS NULL OR next_s - last_s >= 350
      )
      THEN LEAST(last_s + 350, end_s)
    END AS kept_to,
    CASE
      WHEN flagged = 1
      AND answered = 1
      AND closed = 0
      AND (
        next_s IS NULL OR next_s - last_s >= 350
      )
      THEN LEAST(last_s + 350, end_s)
    END AS silent_to
  FROM followed
)
SELECT
  *
FROM spans;

-- Stage: sure
CREATE TABLE "default"."narrows_sure" AS
WITH timeline AS (
  SELECT
    *
  FROM "default"."narrows_timeline"
), flows AS (
  SELECT
    *
  FROM "default"."narrows_flows"
), tuples AS (
  SELECT
    *
  FROM "default"."narrows_tuples"
), sure AS (
  /* Without tcp-flags only the records themselves show that a connection was open: all of it that is shorter than the rest */
  /* that a port has between two connections, and the time between two records of one five-tuple where that is shorter. */
  /* Where records overlap, as those of two flow logs do, only what is new of each counts. */
  /* A lone record that lasts as long as SYNs that nobody answers may be just those, and is not sure. */
  WITH own AS (
    SELECT
      timeline.five_tuple,
      timeline.first_s,
      timeline.last_s,
      timeline.before_last,
      CASE WHEN flows.leg = 'nat-outside' THEN GREATEST(60, 60) ELSE 60 END AS rest
    FROM timeline
    INNER JOIN flows
      ON flows.flow = CAST(TRUNCATE(CAST(timeline.five_tuple AS DOUBLE) / 4294967296) AS BIGINT)
    WHERE
      flows.flagged = 0 AND timeline.forward = 1
    UNION ALL
    SELECT
      five_tuple,
      tuples.first_s,
      tuples.last_s,
      NULL AS before_last,
      CASE WHEN flows.leg = 'nat-outside' THEN GREATEST(60, 60) ELSE 60 END AS rest
    FROM tuples
    INNER JOIN flows
      ON flows.flow = CAST(TRUNCATE(CAST(tuples.five_tuple AS DOUBLE) / 4294967296) AS BIGINT)
    WHERE
      flows.flagged = 0
      AND tuples.simple = 1
      AND NOT tuples.last_s - tuples.first_s IN (0, 1, 3, 7, 15, 31)
  ), pieces AS (
    SELECT
      five_tuple,
      GREATEST(first_s, COALESCE(before_last, first_s)) AS low_from,
      last_s AS low_to
    FROM own
    WHERE
      last_s - first_s <= rest
    UNION ALL
    SELECT
      five_tuple,
      before_last,
      first_s
    FROM own
    WHERE
      first_s > before_last AND first_s - before_last <= rest
  )
  SELECT
    CAST(TRUNCATE(CAST(five_tuple AS DOUBLE) / 4294967296) AS BIGINT) AS flow,
    CAST(five_tuple % 65536 AS INTEGER) AS server_port,
    low_from,
    low_to
  FROM pieces
)
SELECT
  *
FROM sure;

-- Stage: tries
CREATE TABLE "default"."narrows_tries" AS
WITH spans AS (
  SELECT
    *
  FROM "default"."narrows_spans"
), tries AS (
  /* Connection attempts that nobody answered, SYN by SYN, where they keep to the retransmit schedule: each takes an entry of */
  /* the table until it is forgotten or the next one comes. At least the first and the last did: one between may have found */
  /* the table full. Of other attempts only the outer bounds are known (spans.sql). */
  WITH sent AS (
    SELECT
      spans.flow,
      spans.server_port,
      spans.first_s,
      spans.half_open,
      schedule.after_s,
      spans.last_s - spans.first_s AS until_s,
      CASE WHEN schedule.next_s <= spans.last_s - spans.first_s THEN schedule.next_s END AS next_s
    FROM spans
    INNER JOIN (VALUES
      (0, 1),
      (1, 3),
      (3, 7),
      (7, 15),
      (15, 31),
      (31, 1000000)) AS schedule(after_s, next_s)
      ON schedule.after_s <= spans.last_s - spans.first_s
    WHERE
      spans.on_schedule = 1
  )
  SELECT
    flow,
    server_port,
    first_s + after_s AS from_s,
    CASE
      WHEN next_s IS NULL
      THEN first_s + after_s + half_open
      WHEN after_s = 0
      THEN first_s + LEAST(half_open, until_s)
      ELSE first_s + after_s
    END AS low_to,
    first_s + LEAST(after_s + half_open, COALESCE(next_s - 1, after_s + half_open)) AS high_to
  FROM sent
)
SELECT
  *
FROM tries;

-- Stage: ways
CREATE TABLE "default"."narrows_ways" AS
WITH legs AS (
  SELECT
    *
  FROM "default"."narrows_legs"
), owners AS (
  SELECT
    *
  FROM "default"."narrows_owners"
), ways AS (
  /* One row for each TCP flow (legs.sql): who opens connections to whom, and where that is seen. */
  /*     client, destination   the addresses as the next hop has them too: the ENI's own, and where the connection really goes */
  /*     pkt_client            at a NAT gateway's outside, the address that has the port; `-` where the format does not say */
  /*     own                   the interface's address */
  SELECT DISTINCT
    legs.flow,
    legs.interface,
    legs.kind,
    legs.leg,
    legs.client,
    legs.destination,
    CASE WHEN legs.forward THEN legs.pkt_srcaddr ELSE legs.pkt_dstaddr END AS pkt_client,
    owners.address AS own
  FROM legs
  INNER JOIN owners
    ON owners.interface = legs.interface
  WHERE
    legs.protocol = 6
)
SELECT
  *
FROM ways;

-- Stage: watched
CREATE TABLE "default"."narrows_watched" AS
WITH logged AS (
  SELECT
    *
  FROM "default"."narrows_logged"
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), pairs AS (
  SELECT
    *
  FROM "default"."narrows_pairs"
), watched AS (
  /* One row for each interface and stretch of time in which no record of it is missing, as far as can be seen: some record */
  /* ends in each interval, be it one that says that there was no traffic (NODATA), and it is not between the first and the */
  /* last SKIPDATA record. */
  /* A packet of a second in [from_s, to_s - interval] is in a record that has been read: records are delivered by their end. */
  WITH ended AS (
    SELECT
      seconds.interface,
      CAST(FLOOR(CAST(seconds.at_s AS DOUBLE) / bounds.interval_s) AS BIGINT) AS slot,
      MIN(seconds.at_s) AS from_s,
      MAX(seconds.at_s) AS to_s
    FROM (
      SELECT
        interface,
        from_s AS at_s
      FROM logged
      UNION ALL
      SELECT
        interface,
        to_s AS at_s
      FROM logged
    ) AS seconds
    CROSS JOIN bounds
    GROUP BY
      seconds.interface,
      CAST(FLOOR(CAST(seconds.at_s AS DOUBLE) / bounds.interval_s) AS BIGINT)
  ), skips AS (
    SELECT
      interface,
      MIN(first_s) AS first_s,
      MAX(last_s) AS last_s
    FROM pairs
    WHERE
      reason = 'skipdata'
    GROUP BY
      interface
  ), kept AS (
    SELECT
      ended.*,
      ended.slot - ROW_NUMBER() OVER (PARTITION BY ended.interface ORDER BY ended.slot) AS stretch
    FROM ended
    LEFT JOIN skips
      ON skips.interface = ended.interface
    CROSS JOIN bounds
    WHERE
      skips.interface IS NULL
      OR ended.to_s < skips.first_s - bounds.interval_s
      OR ended.from_s > skips.last_s + bounds.interval_s
  )
  SELECT
    interface,
    MIN(from_s) AS from_s,
    MAX(to_s) AS to_s
  FROM kept
  GROUP BY
    interface,
    stretch
)
SELECT
  *
FROM watched;

-- Stage: unanswered
CREATE TABLE "default"."narrows_unanswered" AS
WITH segments AS (
  SELECT
    *
  FROM "default"."narrows_segments"
), ways AS (
  SELECT
    *
  FROM "default"."narrows_ways"
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), sided AS (
  SELECT
    *
  FROM "default"."narrows_sided"
), watched AS (
  SELECT
    *
  FROM "default"."narrows_watched"
), unanswered AS (
  /* One row for each connection attempt that surely was one, and of which no answer is to be seen where its SYN is. */
  /* SYNs of a five-tuple within `patience` are one attempt: the schedule by which one is sent again is not always kept to. */
  /*     whole     no record of an answer can be missing: it may end, and so be delivered, an interval after the last SYN */
  /*     settled   no record at all of the interface can be missing while it was made */
  WITH tried AS (
    SELECT
      ways.*,
      segments.five_tuple,
      segments.server_port,
      segments.first_s,
      segments.last_s,
      LAG(segments.last_s) OVER (PARTITION BY segments.five_tuple ORDER BY segments.first_s) AS before_last
    FROM segments
    INNER JOIN ways
      ON ways.flow = segments.flow
    WHERE
      segments.opened = 1 AND segments.answered = 0
  ), answered AS (
    SELECT DISTINCT
      tried.five_tuple,
      tried.first_s
    FROM tried
    INNER JOIN sided
      ON sided.five_tuple = tried.five_tuple
      AND sided.last_s >= tried.first_s
      AND sided.first_s <= tried.last_s + 130
    WHERE
      sided.answers = 1 OR sided.ends = 1
  )
  SELECT
    tried.flow,
    tried.interface,
    tried.kind,
    tried.leg,
    tried.client,
    tried.destination,
    tried.own,
    tried.five_tuple,
    tried.server_port,
    tried.first_s,
    tried.last_s,
    CASE
      WHEN tried.first_s < 1795176000
      THEN 0
      WHEN watched.to_s >= tried.last_s + bounds.interval_s + 2
      THEN 1
      ELSE 0
    END AS whole,
    CASE
      WHEN watched.from_s <= tried.first_s
      AND watched.to_s >= tried.last_s + bounds.interval_s + 2
      THEN 1
      ELSE 0
    END AS settled
  FROM tried
  CROSS JOIN bounds
  LEFT JOIN answered
    ON answered.five_tuple = tried.five_tuple AND answered.first_s = tried.first_s
  LEFT JOIN watched
    ON watched.interface = tried.interface
    AND watched.from_s - bounds.interval_s <= tried.first_s
    AND watched.to_s >= tried.last_s
  WHERE
    answered.five_tuple IS NULL
    AND (
      tried.before_last IS NULL OR tried.first_s - tried.before_last > 130
    )
)
SELECT
  *
FROM unanswered;

-- Stage: leaving
CREATE TABLE "default"."narrows_leaving" AS
WITH unanswered AS (
  SELECT
    *
  FROM "default"."narrows_unanswered"
), ways AS (
  SELECT
    *
  FROM "default"."narrows_ways"
), pairs AS (
  SELECT
    *
  FROM "default"."narrows_pairs"
), segments AS (
  SELECT
    *
  FROM "default"."narrows_segments"
), sided AS (
  SELECT
    *
  FROM "default"."narrows_sided"
), leaving AS (
  /* One row for each NAT gateway, destination and port, and why its unanswered attempts can or cannot be compared: how many */
  /* came in (at least), and how many attempts that nobody answered went out, at most (`went`) and at least (`left_it`). */
  /* The client's port is another outside, so that they are compared by number; but one that was answered inside went out, */
  /* and only the others need be looked for. */
  /* At most: of the SYNs outside that are answered at once, none is another attempt's, for a port is given out again only */
  /* some time after (`nat_hold`, `nat_half_open`); of the others there is one for each time that it can have been since. */
  /*     outcome   compared, `no-addresses` (pkt-srcaddr and pkt-dstaddr are missing), `denied` (a rule of the VPC may have */
  /*               dropped the answer behind the gateway), `incomplete` (records are missing), `reused` (ports are given out */
  /*               again sooner than assumed) */
  WITH nameless AS (
    SELECT DISTINCT
      interface
    FROM ways
    WHERE
      leg = 'nat-outside' AND pkt_client = '-'
  ), denied AS (
    SELECT DISTINCT
      ways.interface,
      ways.client
    FROM ways
    INNER JOIN pairs
      ON pairs.interface = ways.interface AND pairs.dstaddr = ways.client
    WHERE
      ways.leg = 'nat-inside' AND pairs.reason = 'rejected'
  ), follows AS (
    SELECT
      ways.interface,
      segments.opened,
      segments.went_on,
      segments.silence_before,
      LAG(segments.closed) OVER (PARTITION BY segments.five_tuple ORDER BY segments.first_s) AS before_closed
    FROM segments
    INNER JOIN ways
      ON ways.flow = segments.flow
    WHERE
      ways.leg = 'nat-outside'
  ), reused AS (
    SELECT DISTINCT
      interface
    FROM follows
    WHERE
      went_on = 1 OR (
        opened = 1 AND before_closed = 1 AND silence_before < 60 - 1
      )
  ), judged AS (
    SELECT
      unanswered.interface,
      unanswered.destination,
      unanswered.server_port,
      CASE
        WHEN unanswered.destination IN ('-', unanswered.own) OR NOT nameless.interface IS NULL
        THEN 'no-addresses'
        WHEN NOT denied.client IS NULL
        THEN 'denied'
        WHEN unanswered.settled = 0
        THEN 'incomplete'
        WHEN NOT reused.interface IS NULL
        THEN 'reused'
        ELSE 'compared'
      END AS outcome
    FROM unanswered
    LEFT JOIN nameless
      ON nameless.interface = unanswered.interface
    LEFT JOIN denied
      ON denied.interface = unanswered.interface AND denied.client = unanswered.client
    LEFT JOIN reused
      ON reused.interface = unanswered.interface
    WHERE
      unanswered.leg = 'nat-inside'
  ), came AS (
    SELECT
      interface,
      destination,
      server_port,
      outcome,
      COUNT(*) AS came
    FROM judged
    GROUP BY
      interface,
      destination,
      server_port,
      outcome
  ), sent AS (
    SELECT
      came.interface,
      came.destination,
      came.server_port,
      sided.five_tuple,
      sided.first_s,
      sided.last_s
    FROM sided
    INNER JOIN ways
      ON ways.flow = CAST(TRUNCATE(CAST(sided.five_tuple AS DOUBLE) / 4294967296) AS BIGINT)
      AND ways.leg = 'nat-outside'
    INNER JOIN came
      ON came.interface = ways.interface
      AND came.destination = ways.destination
      AND came.server_port = sided.five_tuple % 65536
      AND came.outcome = 'compared'
    WHERE
      sided.syn = 1
  ), prompt AS (
    SELECT DISTINCT
      sent.five_tuple,
      sent.first_s,
      sent.last_s
    FROM sent
    INNER JOIN sided
      ON sided.five_tuple = sent.five_tuple
      AND sided.first_s BETWEEN sent.first_s AND sent.first_s + 30 - 1
    WHERE
      sided.forward = 0
  ), most AS (
    SELECT
      sent.interface,
      sent.destination,
      sent.server_port,
      SUM(
        CASE
          WHEN prompt.five_tuple IS NULL
          THEN 1 + FLOOR(CAST((
            sent.last_s - sent.first_s + 1
          ) AS DOUBLE) / GREATEST(1, 30))
          WHEN sent.last_s - sent.first_s + 1 < 60
          THEN 0
          ELSE 1 + FLOOR(CAST((
            sent.last_s - sent.first_s + 1 - 60
          ) AS DOUBLE) / GREATEST(1, 30))
        END
      ) AS went
    FROM sent
    LEFT JOIN prompt
      ON prompt.five_tuple = sent.five_tuple
      AND prompt.first_s = sent.first_s
      AND prompt.last_s = sent.last_s
    GROUP BY
      sent.interface,
      sent.destination,
      sent.server_port
  ), fewest AS (
    SELECT
      interface,
      destination,
      server_port,
      COUNT(*) AS left_it
    FROM unanswered
    WHERE
      leg = 'nat-outside'
    GROUP BY
      interface,
      destination,
      server_port
  )
  SELECT
    came.interface,
    came.destination,
    came.server_port,
    came.outcome,
    came.came,
    CAST(COALESCE(most.went, 0) AS BIGINT) AS went,
    COALESCE(fewest.left_it, 0) AS left_it
  FROM came
  LEFT JOIN most
    ON most.interface = came.interface
    AND most.destination = came.destination
    AND most.server_port = came.server_port
    AND came.outcome = 'compared'
  LEFT JOIN fewest
    ON fewest.interface = came.interface
    AND fewest.destination = came.destination
    AND fewest.server_port = came.server_port
)
SELECT
  *
FROM leaving;

-- Stage: groups
CREATE TABLE "default"."narrows_groups" AS
WITH legs AS (
  SELECT
    *
  FROM "default"."narrows_legs"
), groups AS (
  /* What is counted together: every flow with the number of its group. */
  SELECT
    flow,
    interface,
    kind,
    leg,
    destination,
    protocol,
    address,
    MIN(flagged) AS flagged,
    MIN(told) AS told,
    DENSE_RANK() OVER (
      ORDER BY CASE WHEN 'key' = 'destination' THEN '' ELSE interface END, leg, CASE WHEN 'key' IN ('eni', 'nat') THEN '' ELSE destination END, CASE WHEN 'key' IN ('eni', 'nat') THEN 0 ELSE protocol END, CASE WHEN 'key' = 'nat-address' OR leg = 'nat-inside' THEN address ELSE '' END
    ) AS grouping_id
  FROM legs
  GROUP BY
    flow,
    interface,
    kind,
    leg,
    destination,
    protocol,
    address
)
SELECT
  *
FROM groups;

-- Stage: levels
CREATE TABLE "default"."narrows_levels" AS
WITH spans AS (
  SELECT
    *
  FROM "default"."narrows_spans"
), seen AS (
  SELECT
    *
  FROM "default"."narrows_seen"
), sure AS (
  SELECT
    *
  FROM "default"."narrows_sure"
), tries AS (
  SELECT
    *
  FROM "default"."narrows_tries"
), groups AS (
  SELECT
    *
  FROM "default"."narrows_groups"
), steps AS (
  /* By how much the number of open connections rises or falls, each second, and how many begin. What is in doubt stands */
  /* apart (spans.sql). Nothing is sure while records are missing (seen.sql). */
  WITH pieces AS (
    SELECT
      spans.flow,
      spans.server_port,
      'low' AS what,
      GREATEST(spans.low_from + 1, seen.from_s) AS from_s,
      LEAST(spans.low_to, seen.to_s) AS to_s
    FROM spans
    INNER JOIN seen
      ON seen.flow = spans.flow
      AND spans.last_s >= seen.from_s
      AND spans.first_s <= seen.to_s
    WHERE
      NOT spans.low_from IS NULL
    UNION ALL
    SELECT
      flow,
      server_port,
      'low',
      low_from + 1,
      low_to
    FROM sure
    UNION ALL
    SELECT
      flow,
      server_port,
      'low',
      from_s + 1,
      low_to
    FROM tries
    UNION ALL
    SELECT
      flow,
      server_port,
      'doubt',
      doubt_from + 1,
      doubt_to
    FROM spans
    UNION ALL
    SELECT
      flow,
      server_port,
      'high',
      high_from,
      high_to
    FROM spans
    WHERE
      on_schedule = 0
    UNION ALL
    SELECT
      flow,
      server_port,
      'high',
      from_s,
      high_to
    FROM tries
    UNION ALL
    SELECT
      flow,
      server_port,
      'crossing',
      high_to + 1,
      cross_to
    FROM spans
    UNION ALL
    SELECT
      flow,
      server_port,
      'kept',
      high_to + 1,
      kept_to
    FROM spans
    UNION ALL
    SELECT
      flow,
      server_port,
      'silent',
      last_s + 1,
      silent_to
    FROM spans
  ), changes AS (
    SELECT
      flow,
      server_port,
      what,
      from_s AS moment,
      1 AS step
    FROM pieces
    WHERE
      from_s <= to_s
    UNION ALL
    SELECT
      flow,
      server_port,
      what,
      to_s + 1 AS moment,
      -1 AS step
    FROM pieces
    WHERE
      from_s <= to_s
    UNION ALL
    SELECT
      flow,
      server_port,
      'opened' AS what,
      first_s AS moment,
      1 AS step
    FROM spans
    WHERE
      opened = 1 OR flagged = 0
    UNION ALL
    SELECT
      flow,
      server_port,
      'unanswered' AS what,
      first_s AS moment,
      1 AS step
    FROM spans
    WHERE
      (
        opened = 1 OR flagged = 0
      ) AND answered = 0 AND refused = 0
    UNION ALL
    SELECT
      flow,
      server_port,
      'refused' AS what,
      first_s AS moment,
      1 AS step
    FROM spans
    WHERE
      refused = 1
  )
  SELECT
    groups.grouping_id,
    CASE WHEN 'key' IN ('eni', 'nat') THEN 0 ELSE changes.server_port END AS port,
    changes.moment,
    SUM(CASE WHEN what = 'low' THEN step ELSE 0 END) AS low,
    SUM(CASE WHEN what = 'doubt' THEN step ELSE 0 END) AS doubt,
    SUM(CASE WHEN what = 'high' THEN step ELSE 0 END) AS high,
    SUM(CASE WHEN what = 'crossing' THEN step ELSE 0 END) AS crossing,
    SUM(CASE WHEN what = 'kept' THEN step ELSE 0 END) AS kept,
    SUM(CASE WHEN what = 'silent' THEN step ELSE 0 END) AS silent,
    SUM(CASE WHEN what = 'opened' THEN step ELSE 0 END) AS opened,
    SUM(CASE WHEN what = 'unanswered' THEN step ELSE 0 END) AS unanswered,
    SUM(CASE WHEN what = 'refused' THEN step ELSE 0 END) AS refused
  FROM changes
  INNER JOIN groups
    ON groups.flow = changes.flow
  GROUP BY
    groups.grouping_id,
    CASE WHEN 'key' IN ('eni', 'nat') THEN 0 ELSE changes.server_port END,
    changes.moment
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), habits AS (
  SELECT
    *
  FROM "default"."narrows_habits"
), margins AS (
  /* How many five-tuples may at one moment be between two connections within a record, by the number of the interval: about */
  /* as many as are seen to be so at the border of records that has most (`straddling`), with a margin (levels.sql). */
  /* Connections that are held equally long come in waves, and a wave may lie between two borders: where more records are in */
  /* doubt than in the interval before or after, all that are more may be so at once (`wave`). */
  WITH counted AS (
    SELECT
      groups.grouping_id,
      CASE WHEN 'key' IN ('eni', 'nat') THEN 0 ELSE spans.server_port END AS port,
      CAST(FLOOR(CAST(spans.first_s AS DOUBLE) / bounds.interval_s) AS BIGINT) AS border,
      SUM(spans.straddling) AS straddling,
      SUM(CASE WHEN spans.doubt_from IS NULL THEN 0 ELSE 1 END) AS doubtful
    FROM spans
    INNER JOIN groups
      ON groups.flow = spans.flow
    CROSS JOIN bounds
    WHERE
      spans.straddling = 1 OR NOT spans.doubt_from IS NULL
    GROUP BY
      groups.grouping_id,
      CASE WHEN 'key' IN ('eni', 'nat') THEN 0 ELSE spans.server_port END,
      CAST(FLOOR(CAST(spans.first_s AS DOUBLE) / bounds.interval_s) AS BIGINT)
  ), beside AS (
    SELECT
      counted.*,
      MAX(straddling) OVER (PARTITION BY grouping_id, port) AS most_straddling,
      CASE
        WHEN LAG(border) OVER in_time = border - 1
        THEN LAG(doubtful) OVER in_time
        ELSE 0
      END AS before_it,
      CASE
        WHEN LEAD(border) OVER in_time = border + 1
        THEN LEAD(doubtful) OVER in_time
        ELSE 0
      END AS after_it
    FROM counted
    WINDOW in_time AS (PARTITION BY grouping_id, port ORDER BY border)
  )
  SELECT
    beside.grouping_id,
    beside.port,
    beside.border + near.shift AS border,
    MAX(beside.most_straddling) AS straddling,
    MAX(GREATEST(0, beside.doubtful - LEAST(beside.before_it, beside.after_it))) AS wave
  FROM beside
  CROSS JOIN (VALUES
    (-1),
    (0),
    (1)) AS near(shift)
  GROUP BY
    beside.grouping_id,
    beside.port,
    beside.border + near.shift
), levels AS (
  /* How many connections are open in each second in which that changes, at least and at most; and just before. */
  /* At least: what is sure, and what is in doubt but for those that may be between two connections (margins.sql; where */
  /* there are too few borders to tell, all of it). At most: with what may cross to another record, and of what may have been */
  /* kept only as many as can be hidden behind those that are seen to be kept (habits.sql). */
  WITH owners_of_group AS (
    SELECT DISTINCT
      grouping_id,
      interface
    FROM groups
  ), habits_of_group AS (
    SELECT
      owners_of_group.grouping_id,
      MAX(habits.hidden) AS hidden,
      MAX(habits.reused) AS reused
    FROM owners_of_group
    INNER JOIN habits
      ON habits.interface = owners_of_group.interface
    GROUP BY
      owners_of_group.grouping_id
  ), summed AS (
    SELECT
      grouping_id,
      port,
      moment,
      opened,
      unanswered,
      refused,
      SUM(low) OVER key_order AS low,
      SUM(doubt) OVER key_order AS doubt,
      SUM(high) OVER key_order AS high,
      SUM(crossing) OVER key_order AS crossing,
      SUM(kept) OVER key_order AS kept,
      SUM(silent) OVER key_order AS silent
    FROM steps
    WINDOW key_order AS (
      PARTITION BY grouping_id, port
      ORDER BY moment
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
  ), estimated AS (
    SELECT
      summed.*,
      CASE
        WHEN bounds.borders = 0
        THEN doubt
        ELSE CEIL(1.5 * COALESCE(straddling, 0)) + 3 * SQRT(COALESCE(straddling, 0)) + 3 + COALESCE(wave, 0)
      END AS between_two,
      COALESCE(hidden, 0) * (
        silent + 3
      ) AS hidden,
      CASE WHEN reused > 0 THEN 3 ELSE 0 END AS chance
    FROM summed
    CROSS JOIN bounds
    LEFT JOIN habits_of_group
      ON habits_of_group.grouping_id = summed.grouping_id
    LEFT JOIN margins
      ON margins.grouping_id = summed.grouping_id
      AND margins.port = summed.port
      AND margins.border = CAST(FLOOR(CAST(summed.moment AS DOUBLE) / bounds.interval_s) AS BIGINT)
  ), bounded AS (
    SELECT
      grouping_id,
      port,
      moment,
      opened,
      unanswered,
      refused,
      CAST(low + GREATEST(0, CEIL(doubt - between_two)) AS BIGINT) AS low,
      CAST(high + crossing + LEAST(kept, CEIL(2 * hidden + 4 * SQRT(hidden))) + chance AS BIGINT) AS high
    FROM estimated
  )
  SELECT
    bounded.*,
    COALESCE(LAG(low) OVER (PARTITION BY grouping_id, port ORDER BY moment), 0) AS low_before,
    COALESCE(LAG(high) OVER (PARTITION BY grouping_id, port ORDER BY moment), 0) AS high_before
  FROM bounded
)
SELECT
  *
FROM levels;

-- Answer: peaks
WITH levels AS (
  SELECT
    *
  FROM "default"."narrows_levels"
), groups AS (
  SELECT
    *
  FROM "default"."narrows_groups"
), peaks AS (
  /* The peak of each key, with its moment: where the lower bound is at its highest (the upper one, if nothing is sure). */
  WITH most AS (
    SELECT
      grouping_id,
      port,
      MAX(low) AS low,
      MAX(high) AS high,
      SUM(opened) AS opened,
      SUM(unanswered) AS unanswered,
      SUM(refused) AS refused
    FROM levels
    GROUP BY
      grouping_id,
      port
  ), moments AS (
    SELECT
      levels.grouping_id,
      levels.port,
      MIN(levels.moment) AS moment
    FROM levels
    INNER JOIN most
      ON most.grouping_id = levels.grouping_id AND most.port = levels.port
    WHERE
      (
        most.low > 0 AND levels.low = most.low
      )
      OR (
        most.low = 0 AND levels.high = most.high
      )
    GROUP BY
      levels.grouping_id,
      levels.port
  ), names AS (
    SELECT
      grouping_id,
      MIN(interface) AS interface,
      MAX(interface) AS last_interface,
      MIN(kind) AS kind,
      MIN(leg) AS leg,
      MIN(destination) AS destination,
      MAX(destination) AS last_destination,
      MIN(protocol) AS protocol,
      MAX(protocol) AS last_protocol,
      MIN(address) AS address,
      COUNT(DISTINCT address) AS addresses,
      MIN(flagged) AS flagged,
      MIN(told) AS told
    FROM groups
    GROUP BY
      grouping_id
  )
  SELECT
    names.*,
    most.port,
    most.low,
    most.high,
    moments.moment,
    most.opened,
    most.unanswered,
    most.refused
  FROM most
  INNER JOIN moments
    ON moments.grouping_id = most.grouping_id AND moments.port = most.port
  INNER JOIN names
    ON names.grouping_id = most.grouping_id
  ORDER BY
    most.low + most.high DESC,
    names.interface,
    names.leg,
    names.destination,
    most.port
)
SELECT
  *
FROM peaks;

-- Answer: minutes
WITH levels AS (
  SELECT
    *
  FROM "default"."narrows_levels"
), minutes AS (
  /* The most that was open within each minute in which something changes; what was open before its first change counts. */
  /* `low_after` and `high_after` hold from its last change until the next one. */
  SELECT
    grouping_id,
    port,
    moment - moment % 60 AS minute,
    MAX(GREATEST(low, low_before)) AS low,
    MAX(GREATEST(high, high_before)) AS high,
    MAX_BY(low, moment) AS low_after,
    MAX_BY(high, moment) AS high_after,
    SUM(opened) AS opened,
    MAX(opened) AS most_opened_in_a_second,
    SUM(unanswered) AS unanswered
  FROM levels
  GROUP BY
    grouping_id,
    port,
    moment - moment % 60
)
SELECT
  *
FROM minutes;

-- Afterwards: pairs
DROP TABLE IF EXISTS `default`.`narrows_pairs`;

-- Afterwards: bounds
DROP TABLE IF EXISTS `default`.`narrows_bounds`;

-- Afterwards: owners
DROP TABLE IF EXISTS `default`.`narrows_owners`;

-- Afterwards: directed
DROP TABLE IF EXISTS `default`.`narrows_directed`;

-- Afterwards: interfaces
DROP TABLE IF EXISTS `default`.`narrows_interfaces`;

-- Afterwards: legs
DROP TABLE IF EXISTS `default`.`narrows_legs`;

-- Afterwards: flows
DROP TABLE IF EXISTS `default`.`narrows_flows`;

-- Afterwards: logged
DROP TABLE IF EXISTS `default`.`narrows_logged`;

-- Afterwards: blind
DROP TABLE IF EXISTS `default`.`narrows_blind`;

-- Afterwards: seen
DROP TABLE IF EXISTS `default`.`narrows_seen`;

-- Afterwards: sided
DROP TABLE IF EXISTS `default`.`narrows_sided`;

-- Afterwards: tuples
DROP TABLE IF EXISTS `default`.`narrows_tuples`;

-- Afterwards: timeline
DROP TABLE IF EXISTS `default`.`narrows_timeline`;

-- Afterwards: segments
DROP TABLE IF EXISTS `default`.`narrows_segments`;

-- Afterwards: habits
DROP TABLE IF EXISTS `default`.`narrows_habits`;

-- Afterwards: spans
DROP TABLE IF EXISTS `default`.`narrows_spans`;

-- Afterwards: sure
DROP TABLE IF EXISTS `default`.`narrows_sure`;

-- Afterwards: tries
DROP TABLE IF EXISTS `default`.`narrows_tries`;

-- Afterwards: ways
DROP TABLE IF EXISTS `default`.`narrows_ways`;

-- Afterwards: watched
DROP TABLE IF EXISTS `default`.`narrows_watched`;

-- Afterwards: unanswered
DROP TABLE IF EXISTS `default`.`narrows_unanswered`;

-- Afterwards: leaving
DROP TABLE IF EXISTS `default`.`narrows_leaving`;

-- Afterwards: groups
DROP TABLE IF EXISTS `default`.`narrows_groups`;

-- Afterwards: levels
DROP TABLE IF EXISTS `default`.`narrows_levels`;
