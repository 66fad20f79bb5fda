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
        WHEN "interface_id" IS NULL OR "interface_id" IN ('', 'None')
        THEN '-'
        ELSE "interface_id"
      END = '-'
      THEN CASE
        WHEN "resource_id" IS NULL OR "resource_id" IN ('', 'None')
        THEN '-'
        ELSE "resource_id"
      END
      ELSE CASE
        WHEN "interface_id" IS NULL OR "interface_id" IN ('', 'None')
        THEN '-'
        ELSE "interface_id"
      END
    END AS interface,
    CASE WHEN "srcaddr" IS NULL OR "srcaddr" IN ('', 'None') THEN '-' ELSE "srcaddr" END AS srcaddr,
    CASE WHEN "dstaddr" IS NULL OR "dstaddr" IN ('', 'None') THEN '-' ELSE "dstaddr" END AS dstaddr,
    CASE
      WHEN "pkt_srcaddr" IS NULL OR "pkt_srcaddr" IN ('', 'None')
      THEN '-'
      ELSE "pkt_srcaddr"
    END AS pkt_srcaddr,
    CASE
      WHEN "pkt_dstaddr" IS NULL OR "pkt_dstaddr" IN ('', 'None')
      THEN '-'
      ELSE "pkt_dstaddr"
    END AS pkt_dstaddr,
    CAST("srcport" AS INTEGER) AS srcport,
    CAST("dstport" AS INTEGER) AS dstport,
    CAST("protocol" AS INTEGER) AS protocol,
    CASE
      WHEN "start" > 100000000000
      THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      ELSE "start"
    END AS first_s,
    CASE
      WHEN "end" > 100000000000
      THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      ELSE "end"
    END AS last_s,
    CAST("tcp_flags" AS INTEGER) AS flags,
    CASE
      WHEN "flow_direction" IS NULL OR "flow_direction" IN ('', 'None')
      THEN '-'
      ELSE "flow_direction"
    END AS direction,
    CASE
      WHEN "instance_id" IS NULL OR "instance_id" IN ('', 'None')
      THEN '-'
      ELSE "instance_id"
    END AS instance,
    CASE
      WHEN "interface_type" IS NULL OR "interface_type" IN ('', 'None')
      THEN '-'
      ELSE "interface_type"
    END AS interface_type,
    CASE
      WHEN "log_status" = 'NODATA'
      THEN 'nodata'
      WHEN "log_status" = 'SKIPDATA'
      THEN 'skipdata'
      WHEN CASE
        WHEN "start" > 100000000000
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "start"
      END IS NULL
      OR CASE
        WHEN "end" > 100000000000
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "end"
      END IS NULL
      THEN 'no-time'
      WHEN CASE
        WHEN CASE
          WHEN "interface_id" IS NULL OR "interface_id" IN ('', 'None')
          THEN '-'
          ELSE "interface_id"
        END = '-'
        THEN CASE
          WHEN "resource_id" IS NULL OR "resource_id" IN ('', 'None')
          THEN '-'
          ELSE "resource_id"
        END
        ELSE CASE
          WHEN "interface_id" IS NULL OR "interface_id" IN ('', 'None')
          THEN '-'
          ELSE "interface_id"
        END
      END = '-'
      THEN 'no-interface'
      WHEN CASE WHEN "srcaddr" IS NULL OR "srcaddr" IN ('', 'None') THEN '-' ELSE "srcaddr" END = '-'
      OR CASE WHEN "dstaddr" IS NULL OR "dstaddr" IN ('', 'None') THEN '-' ELSE "dstaddr" END = '-'
      THEN 'no-address'
      WHEN "protocol" IS NULL
      OR NOT "protocol" IN (6, 17)
      OR "srcport" IS NULL
      OR "dstport" IS NULL
      THEN 'no-ports'
      WHEN CASE
        WHEN "end" > 100000000000
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "end"
      END < CASE
        WHEN "start" > 100000000000
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "start"
      END
      THEN 'end-before-start'
      WHEN CASE
        WHEN "end" > 100000000000
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "end"
      END < 1795176000
      OR CASE
        WHEN "start" > 100000000000
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "start"
      END > 1795179600
      THEN 'outside-window'
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
  /* Everything that tells a direction, a leg or an interface apart is worked out on this small table; and what was */
  /* dropped, and why, is counted on it. */
  SELECT
    reason,
    interface,
    srcaddr,
    dstaddr,
    pkt_srcaddr,
    pkt_dstaddr,
    protocol,
    COUNT(*) AS records,
    SUM(CASE WHEN (
      BITWISE_AND(flags, 18)
    ) = 2 THEN 1 ELSE 0 END) AS syns,
    SUM(CASE WHEN (
      BITWISE_AND(flags, 18)
    ) = 18 THEN 1 ELSE 0 END) AS syn_acks,
    MAX(CASE WHEN flags IS NULL OR protocol <> 6 THEN 0 ELSE 1 END) AS flagged,
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
    protocol
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
  SELECT
    MIN(first_s) AS begin_s,
    MAX(last_s) AS end_s,
    MAX(longest_s) AS longest_s,
    CASE WHEN MAX(longest_s) > 60 THEN 600 ELSE 60 END AS interval_s
  FROM pairs
  WHERE
    reason IN ('used', 'nodata', 'skipdata', 'rejected', 'no-ports')
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
  /* Lambda's ENIs take no connections, so there their own address is. Else whoever sends the SYN; without tcp-flags the */
  /* side whose ports vary more, for a service keeps to its port. */
  SELECT
    pairs.*,
    owners.address AS own,
    CASE
      WHEN owners.kind = 'hyperplane-eni'
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
), pairs AS (
  SELECT
    *
  FROM "default"."narrows_pairs"
), legs AS (
  /*     eni          client -> server, at an interface that is no NAT gateway's */
  /*     nat-inside   client -> NAT gateway; where the connection really goes is in pkt-dstaddr, if the format has it */
  /*     nat-outside  NAT gateway -> destination: here its ports are counted, per unique destination */
  /* Both directions of the same traffic get the same number, `flow`. */
  /* TCP records without tcp-flags are left out where another flow log of the same interface has them. */
  WITH whole AS (
    SELECT
      interface,
      MAX(CASE WHEN reason = 'skipdata' THEN 1 ELSE 0 END) AS skipped,
      MAX(CASE WHEN reason = 'used' THEN flagged ELSE 0 END) AS flagged
    FROM pairs
    GROUP BY
      interface
  ), sided AS (
    SELECT
      directed.*,
      interfaces.kind,
      whole.skipped,
      CASE WHEN forward THEN srcaddr ELSE dstaddr END AS client,
      CASE WHEN forward THEN dstaddr ELSE srcaddr END AS server,
      CASE WHEN forward THEN pkt_srcaddr ELSE pkt_dstaddr END AS pkt_client,
      CASE WHEN forward THEN pkt_dstaddr ELSE pkt_srcaddr END AS pkt_server,
      CASE WHEN forward THEN ingress > egress ELSE egress > ingress END AS comes_in
    FROM directed
    INNER JOIN interfaces
      ON interfaces.interface = directed.interface
    INNER JOIN whole
      ON whole.interface = directed.interface
    WHERE
      directed.protocol <> 6 OR directed.flagged = whole.flagged
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
        ELSE own
      END AS address
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
    CASE WHEN skipped = 1 THEN 0 ELSE flagged END AS flagged,
    records,
    DENSE_RANK() OVER (ORDER BY interface, leg, client, server, pkt_client, pkt_server, protocol) AS flow
  FROM named
)
SELECT
  *
FROM legs;

-- Stage: sided
CREATE TABLE "default"."narrows_sided" AS
WITH records AS (
  SELECT
    CASE
      WHEN CASE
        WHEN "interface_id" IS NULL OR "interface_id" IN ('', 'None')
        THEN '-'
        ELSE "interface_id"
      END = '-'
      THEN CASE
        WHEN "resource_id" IS NULL OR "resource_id" IN ('', 'None')
        THEN '-'
        ELSE "resource_id"
      END
      ELSE CASE
        WHEN "interface_id" IS NULL OR "interface_id" IN ('', 'None')
        THEN '-'
        ELSE "interface_id"
      END
    END AS interface,
    CASE WHEN "srcaddr" IS NULL OR "srcaddr" IN ('', 'None') THEN '-' ELSE "srcaddr" END AS srcaddr,
    CASE WHEN "dstaddr" IS NULL OR "dstaddr" IN ('', 'None') THEN '-' ELSE "dstaddr" END AS dstaddr,
    CASE
      WHEN "pkt_srcaddr" IS NULL OR "pkt_srcaddr" IN ('', 'None')
      THEN '-'
      ELSE "pkt_srcaddr"
    END AS pkt_srcaddr,
    CASE
      WHEN "pkt_dstaddr" IS NULL OR "pkt_dstaddr" IN ('', 'None')
      THEN '-'
      ELSE "pkt_dstaddr"
    END AS pkt_dstaddr,
    CAST("srcport" AS INTEGER) AS srcport,
    CAST("dstport" AS INTEGER) AS dstport,
    CAST("protocol" AS INTEGER) AS protocol,
    CASE
      WHEN "start" > 100000000000
      THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
      ELSE "start"
    END AS first_s,
    CASE
      WHEN "end" > 100000000000
      THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
      ELSE "end"
    END AS last_s,
    CAST("tcp_flags" AS INTEGER) AS flags,
    CASE
      WHEN "flow_direction" IS NULL OR "flow_direction" IN ('', 'None')
      THEN '-'
      ELSE "flow_direction"
    END AS direction,
    CASE
      WHEN "instance_id" IS NULL OR "instance_id" IN ('', 'None')
      THEN '-'
      ELSE "instance_id"
    END AS instance,
    CASE
      WHEN "interface_type" IS NULL OR "interface_type" IN ('', 'None')
      THEN '-'
      ELSE "interface_type"
    END AS interface_type,
    CASE
      WHEN "log_status" = 'NODATA'
      THEN 'nodata'
      WHEN "log_status" = 'SKIPDATA'
      THEN 'skipdata'
      WHEN CASE
        WHEN "start" > 100000000000
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "start"
      END IS NULL
      OR CASE
        WHEN "end" > 100000000000
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "end"
      END IS NULL
      THEN 'no-time'
      WHEN CASE
        WHEN CASE
          WHEN "interface_id" IS NULL OR "interface_id" IN ('', 'None')
          THEN '-'
          ELSE "interface_id"
        END = '-'
        THEN CASE
          WHEN "resource_id" IS NULL OR "resource_id" IN ('', 'None')
          THEN '-'
          ELSE "resource_id"
        END
        ELSE CASE
          WHEN "interface_id" IS NULL OR "interface_id" IN ('', 'None')
          THEN '-'
          ELSE "interface_id"
        END
      END = '-'
      THEN 'no-interface'
      WHEN CASE WHEN "srcaddr" IS NULL OR "srcaddr" IN ('', 'None') THEN '-' ELSE "srcaddr" END = '-'
      OR CASE WHEN "dstaddr" IS NULL OR "dstaddr" IN ('', 'None') THEN '-' ELSE "dstaddr" END = '-'
      THEN 'no-address'
      WHEN "protocol" IS NULL
      OR NOT "protocol" IN (6, 17)
      OR "srcport" IS NULL
      OR "dstport" IS NULL
      THEN 'no-ports'
      WHEN CASE
        WHEN "end" > 100000000000
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "end"
      END < CASE
        WHEN "start" > 100000000000
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "start"
      END
      THEN 'end-before-start'
      WHEN CASE
        WHEN "end" > 100000000000
        THEN CAST(FLOOR(CAST("end" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "end"
      END < 1795176000
      OR CASE
        WHEN "start" > 100000000000
        THEN CAST(FLOOR(CAST("start" AS DOUBLE) / 1000) AS BIGINT)
        ELSE "start"
      END > 1795179600
      THEN 'outside-window'
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
), sided AS (
  SELECT
    CAST(legs.flow AS BIGINT) * 4294967296 + (
      CASE WHEN legs.forward THEN records.srcport ELSE records.dstport END
    ) * CAST(65536 AS BIGINT) + (
      CASE WHEN legs.forward THEN records.dstport ELSE records.srcport END
    ) AS five_tuple,
    records.first_s,
    records.last_s,
    CASE WHEN legs.forward THEN 1 ELSE 0 END AS forward,
    legs.flagged,
    CASE WHEN legs.leg = 'nat-outside' THEN 1 ELSE 0 END AS outside,
    CASE
      WHEN legs.forward AND (
        BITWISE_AND(records.flags, 18)
      ) = 2
      THEN 1
      ELSE 0
    END AS syn,
    CASE WHEN (
      BITWISE_AND(records.flags, 5)
    ) <> 0 THEN 1 ELSE 0 END AS ends
  FROM records
  INNER JOIN legs
    ON legs.interface = records.interface
    AND legs.srcaddr = records.srcaddr
    AND legs.dstaddr = records.dstaddr
    AND legs.pkt_srcaddr = records.pkt_srcaddr
    AND legs.pkt_dstaddr = records.pkt_dstaddr
    AND legs.protocol = records.protocol
  WHERE
    records.reason = 'used'
    AND (
      legs.forward OR (
        NOT records.flags IS NULL AND legs.protocol = 6
      )
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
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), tuples AS (
  /* one SYN, at its beginning, and no room for a silence as long as the idle timeout: it lasts no longer, or so few of its */
  /* intervals are without a record that none can be. Most are, and need no sorting. */
  WITH counted AS (
    SELECT
      five_tuple,
      MIN(first_s) AS first_s,
      MAX(last_s) AS last_s,
      MAX(flagged) AS flagged,
      MAX(outside) AS outside,
      SUM(syn) AS syns,
      SUM(forward) AS forwards,
      COUNT(*) AS records,
      MIN(CASE WHEN syn = 1 THEN first_s END) AS syn_s,
      MIN(CASE WHEN syn = 1 THEN last_s END) AS syn_last_s,
      MIN(last_s) AS first_record_last_s,
      MAX(CASE WHEN ends = 1 THEN last_s ELSE 0 END) AS ended_s,
      MIN(CASE WHEN ends = 1 THEN last_s END) AS first_end_s
    FROM sided
    GROUP BY
      five_tuple
  )
  SELECT
    counted.*,
    CASE
      WHEN flagged = 0 AND outside = 1 AND records > 1
      THEN 0
      WHEN syns > 1 OR syn_s > first_s
      THEN 0
      WHEN last_s - first_s <= 350
      THEN 1
      WHEN (
        FLOOR(CAST((
          last_s - first_s
        ) AS DOUBLE) / bounds.interval_s) - forwards + 2
      ) * bounds.interval_s <= 350
      THEN 1
      ELSE 0
    END AS simple
  FROM counted
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
  /* The SYN goes first among records that start in the same second: the answer belongs to it. */
  SELECT
    sided.five_tuple,
    sided.first_s,
    sided.last_s,
    sided.forward,
    sided.flagged,
    sided.outside,
    sided.syn,
    sided.ends,
    MAX(sided.last_s) OVER earlier AS before_last,
    MAX(CASE WHEN sided.forward = 0 THEN sided.last_s END) OVER earlier AS before_answer_s,
    MAX(sided.syn) OVER (
      PARTITION BY sided.five_tuple
      ORDER BY sided.first_s, sided.syn DESC, sided.last_s, sided.forward
      ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING
    ) AS before_syn,
    MAX(sided.ends) OVER (
      PARTITION BY sided.five_tuple
      ORDER BY sided.first_s, sided.syn DESC, sided.last_s, sided.forward
      ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING
    ) AS before_ends
  FROM sided
  INNER JOIN tuples
    ON tuples.five_tuple = sided.five_tuple
  WHERE
    tuples.simple = 0
  WINDOW earlier AS (
    PARTITION BY sided.five_tuple
    ORDER BY sided.first_s, sided.syn DESC, sided.last_s, sided.forward
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
  /* retransmit of a SYN that nobody has answered), and after a silence in which every table has forgotten the old one. */
  /* Its answer may be in a record that began before the SYN did, with what the server sent to the connection before it. */
  /* `mixed`: the one before it has not ended in an earlier record, so it did in the first of this one; where, is unknown. */
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
        WHEN syn = 1 AND first_s - before_last > 64
        THEN 1
        ELSE 0
      END AS begins
    FROM timeline
  ), numbered AS (
    SELECT
      cut.*,
      SUM(begins) OVER (
        PARTITION BY five_tuple
        ORDER BY first_s, syn DESC, last_s, forward
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS segment
    FROM cut
  ), several AS (
    SELECT
      five_tuple,
      segment,
      MIN(first_s) AS first_s,
      MAX(last_s) AS last_s,
      MAX(flagged) AS flagged,
      MAX(syn) AS opened,
      MAX(CASE WHEN forward = 0 OR syn = 0 OR before_answer_s >= first_s THEN 1 ELSE 0 END) AS answered,
      MAX(CASE WHEN ends = 1 THEN last_s ELSE 0 END) AS ended_s,
      MIN(CASE WHEN ends = 1 THEN last_s END) AS first_end_s,
      MAX(
        CASE
          WHEN begins = 1 AND syn = 1 AND before_ends = 0 AND first_s - before_last <= 350
          THEN 1
          ELSE 0
        END
      ) AS mixed,
      MAX(CASE WHEN begins = 1 THEN last_s ELSE 0 END) AS first_record_last_s,
      MAX(CASE WHEN begins = 1 THEN first_s - before_last ELSE NULL END) AS silence_before
    FROM numbered
    GROUP BY
      five_tuple,
      segment
  )
  SELECT
    several.*,
    LEAD(first_s) OVER (PARTITION BY five_tuple ORDER BY segment) AS next_s,
    CAST(TRUNCATE(CAST(five_tuple AS DOUBLE) / 4294967296) AS BIGINT) AS flow,
    CAST(five_tuple % 65536 AS INTEGER) AS server_port
  FROM several
  UNION ALL
  SELECT
    five_tuple,
    1 AS segment,
    first_s,
    last_s,
    flagged,
    CASE WHEN syns > 0 THEN 1 ELSE 0 END AS opened,
    CASE WHEN records > syns THEN 1 ELSE 0 END AS answered,
    ended_s,
    first_end_s,
    0 AS mixed,
    COALESCE(syn_last_s, first_record_last_s) AS first_record_last_s,
    CAST(NULL AS BIGINT) AS silence_before,
    CAST(NULL AS BIGINT) AS next_s,
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
), legs AS (
  SELECT
    *
  FROM "default"."narrows_legs"
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), habits AS (
  /* within an interval before (`straddling`: in another record), or that go on after their FIN: then there were two. Others */
  /* share a record from their SYN to their FIN, and their number is unknown. */
  /*     hidden   how many records with both SYN and FIN may hide a connection that is still in the table: each silence of */
  /*              s seconds that falls on the border of two records stands for interval / s that do not, and of what those */
  /*              begin the usual share has not ended */
  /*     gaps     how many five-tuples may at one time be between two connections within a record: as many as are seen */
  /*              to be so at a border of records; of records of ten minutes there are too few borders to tell */
  /* Both with a margin for chance. */
  WITH owned AS (
    SELECT
      owner.interface,
      bounds.interval_s,
      segments.first_s,
      segments.ended_s,
      segments.silence_before,
      CASE
        WHEN silence_before <= interval_s AND opened = 1
        THEN 1
        WHEN ended_s > 0 AND ended_s < last_s - 2
        THEN 1
        ELSE 0
      END AS reused,
      CASE
        WHEN silence_before <= interval_s AND opened = 1 AND mixed = 0
        THEN 1
        ELSE 0
      END AS straddling
    FROM segments
    INNER JOIN (
      SELECT DISTINCT
        flow,
        interface
      FROM legs
    ) AS owner
      ON owner.flow = segments.flow
    CROSS JOIN bounds
    WHERE
      segments.answered = 1
  ), borders AS (
    SELECT
      interface,
      CAST(FLOOR(CAST(first_s AS DOUBLE) / interval_s) AS BIGINT) AS border,
      SUM(straddling) AS straddling
    FROM owned
    GROUP BY
      interface,
      CAST(FLOOR(CAST(first_s AS DOUBLE) / interval_s) AS BIGINT)
  ), busiest AS (
    SELECT
      interface,
      MAX(straddling) AS straddling
    FROM borders
    GROUP BY
      interface
  ), counted AS (
    SELECT
      interface,
      MAX(interval_s) AS interval_s,
      SUM(reused) AS reused,
      COUNT(*) AS connections,
      SUM(CASE WHEN ended_s = 0 THEN 1 ELSE 0 END) AS not_ended,
      SUM(
        CASE
          WHEN straddling = 1
          THEN CAST(FLOOR(CAST(interval_s AS DOUBLE) / (
            silence_before + 0.5
          )) AS BIGINT)
          ELSE 0
        END
      ) AS shared
    FROM owned
    GROUP BY
      interface
  )
  SELECT
    counted.interface,
    counted.reused,
    counted.connections,
    CAST(CEIL(
      CAST(2 * (
        shared + counted.reused
      ) * not_ended AS DOUBLE) / connections + 4 * SQRT(CAST((
        shared + counted.reused
      ) * not_ended AS DOUBLE) / connections)
    ) AS BIGINT) + CASE WHEN counted.reused > 0 THEN 1 ELSE 0 END AS hidden,
    CASE
      WHEN counted.reused = 0
      THEN 0
      WHEN counted.interval_s > 60
      THEN counted.connections
      ELSE CAST(CEIL(2 * busiest.straddling + 3 * SQRT(busiest.straddling)) AS BIGINT) + 3
    END AS gaps
  FROM counted
  INNER JOIN busiest
    ON busiest.interface = counted.interface
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
), legs AS (
  SELECT
    *
  FROM "default"."narrows_legs"
), habits AS (
  SELECT
    *
  FROM "default"."narrows_habits"
), bounds AS (
  SELECT
    *
  FROM "default"."narrows_bounds"
), spans AS (
  /*     low   open at the very start of every second in (low_from, low_to] */
  /*     high  open at some moment of every second in [high_from, high_to] */
  /* With tcp-flags a connection without FIN or RST stays in the tables until their idle timeout, and one without SYN was */
  /* open before the logs begin. Without tcp-flags a table may hold any connection for the idle timeout after its last */
  /* record, and only the records themselves are sure (see sure.sql). */
  /* Where ports are given out again soon, a record with both SYN and FIN is doubtful: it may hold several connections and the */
  /* time between them (from doubt_from to doubt_to), and one of them may still be in the table (until linger_to). How many */
  /* such records there can be at a time, habits.sql estimates. */
  WITH followed AS (
    SELECT
      segments.*,
      bounds.begin_s,
      bounds.end_s,
      bounds.interval_s,
      CASE WHEN ended_s = 0 THEN 0 WHEN ended_s < last_s - 2 THEN 0 ELSE 1 END AS closed,
      CASE
        WHEN habits.reused = 0
        THEN 0
        WHEN mixed = 1
        THEN 1
        WHEN opened = 1 AND first_end_s <= first_record_last_s + 2
        THEN 1
        ELSE 0
      END AS doubtful,
      owner.leg,
      CASE owner.leg WHEN 'nat-outside' THEN 60 WHEN 'nat-inside' THEN 0 ELSE 0 END AS hold,
      CASE owner.leg WHEN 'nat-outside' THEN 30 WHEN 'nat-inside' THEN 0 ELSE 1 END AS half_open
    FROM segments
    INNER JOIN (
      SELECT DISTINCT
        flow,
        interface,
        leg
      FROM legs
    ) AS owner
      ON owner.flow = segments.flow
    LEFT JOIN habits
      ON habits.interface = owner.interface
    CROSS JOIN bounds
  )
  SELECT
    flow,
    leg,
    server_port,
    first_s,
    flagged,
    opened,
    answered,
    CASE
      WHEN flagged = 0 OR (
        opened = 1 AND answered = 0
      )
      THEN NULL
      WHEN doubtful = 1
      THEN first_record_last_s
      WHEN opened = 0 AND segment = 1 AND first_s - begin_s <= 350
      THEN begin_s
      ELSE first_s
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
    CASE WHEN flagged = 1 AND answered = 1 AND doubtful = 1 THEN first_s END AS doubt_from,
    CASE
      WHEN flagged = 1 AND answered = 1 AND doubtful = 1
      THEN first_record_last_s
    END AS doubt_to,
    CASE
      WHEN flagged = 1 AND opened = 0
      THEN GREATEST(begin_s, first_s - 350)
      ELSE first_s
    END AS high_from,
    CASE
      WHEN opened = 1 AND answered = 0
      THEN LEAST(last_s + half_open, end_s)
      WHEN closed = 1
      THEN GREATEST(last_s, LEAST(last_s + hold, COALESCE(next_s - 1, end_s), end_s))
      ELSE GREATEST(last_s, LEAST(last_s + 350, COALESCE(next_s - 1, end_s), end_s))
    END AS high_to,
    CASE
      WHEN doubtful = 1 AND answered = 1 AND closed = 1
      THEN GREATEST(last_s, LEAST(last_s + 350, COALESCE(next_s - 1, end_s), end_s))
    END AS linger_to
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
), sided AS (
  SELECT
    *
  FROM "default"."narrows_sided"
), tuples AS (
  SELECT
    *
  FROM "default"."narrows_tuples"
), sure AS (
  /* closer than a port can be given to another connection are the same one: then the time between them is shown too. */
  SELECT
    CAST(TRUNCATE(CAST(five_tuple AS DOUBLE) / 4294967296) AS BIGINT) AS flow,
    CAST(five_tuple % 65536 AS INTEGER) AS server_port,
    CASE
      WHEN before_last >= first_s
      THEN before_last
      WHEN first_s - before_last <= CASE WHEN outside = 1 THEN 60 ELSE 0 END
      THEN before_last
      ELSE first_s
    END AS low_from,
    last_s AS low_to
  FROM timeline
  WHERE
    flagged = 0 AND forward = 1
  UNION ALL
  SELECT
    CAST(TRUNCATE(CAST(sided.five_tuple AS DOUBLE) / 4294967296) AS BIGINT) AS flow,
    CAST(sided.five_tuple % 65536 AS INTEGER) AS server_port,
    sided.first_s AS low_from,
    sided.last_s AS low_to
  FROM sided
  INNER JOIN tuples
    ON tuples.five_tuple = sided.five_tuple
  WHERE
    tuples.simple = 1 AND sided.flagged = 0 AND sided.forward = 1
)
SELECT
  *
FROM sure;

-- Stage: groups
CREATE TABLE "default"."narrows_groups" AS
WITH legs AS (
  SELECT
    *
  FROM "default"."narrows_legs"
), groups AS (
  SELECT
    flow,
    interface,
    kind,
    leg,
    destination,
    protocol,
    address,
    MIN(flagged) AS flagged,
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
), sure AS (
  SELECT
    *
  FROM "default"."narrows_sure"
), groups AS (
  SELECT
    *
  FROM "default"."narrows_groups"
), steps AS (
  WITH changes AS (
    SELECT
      flow,
      server_port,
      low_from + 1 AS moment,
      1 AS low,
      0 AS doubt,
      0 AS high,
      0 AS linger,
      0 AS opened,
      0 AS unanswered
    FROM spans
    WHERE
      low_from < low_to
    UNION ALL
    SELECT
      flow,
      server_port,
      low_to + 1,
      -1,
      0,
      0,
      0,
      0,
      0
    FROM spans
    WHERE
      low_from < low_to
    UNION ALL
    SELECT
      flow,
      server_port,
      low_from + 1,
      1,
      0,
      0,
      0,
      0,
      0
    FROM sure
    WHERE
      low_from < low_to
    UNION ALL
    SELECT
      flow,
      server_port,
      low_to + 1,
      -1,
      0,
      0,
      0,
      0,
      0
    FROM sure
    WHERE
      low_from < low_to
    UNION ALL
    SELECT
      flow,
      server_port,
      doubt_from + 1,
      0,
      1,
      0,
      0,
      0,
      0
    FROM spans
    WHERE
      doubt_from < doubt_to
    UNION ALL
    SELECT
      flow,
      server_port,
      doubt_to + 1,
      0,
      -1,
      0,
      0,
      0,
      0
    FROM spans
    WHERE
      doubt_from < doubt_to
    UNION ALL
    SELECT
      flow,
      server_port,
      high_from,
      0,
      0,
      1,
      0,
      0,
      0
    FROM spans
    UNION ALL
    SELECT
      flow,
      server_port,
      high_to + 1,
      0,
      0,
      -1,
      0,
      0,
      0
    FROM spans
    UNION ALL
    SELECT
      flow,
      server_port,
      high_to + 1,
      0,
      0,
      0,
      1,
      0,
      0
    FROM spans
    WHERE
      linger_to > high_to
    UNION ALL
    SELECT
      flow,
      server_port,
      linger_to + 1,
      0,
      0,
      0,
      -1,
      0,
      0
    FROM spans
    WHERE
      linger_to > high_to
    UNION ALL
    SELECT
      flow,
      server_port,
      first_s,
      0,
      0,
      0,
      0,
      1,
      CASE WHEN answered = 0 THEN 1 ELSE 0 END
    FROM spans
    WHERE
      opened = 1 OR flagged = 0
  )
  SELECT
    groups.grouping_id,
    CASE WHEN 'key' IN ('eni', 'nat') THEN 0 ELSE changes.server_port END AS port,
    changes.moment,
    SUM(changes.low) AS low,
    SUM(changes.doubt) AS doubt,
    SUM(changes.high) AS high,
    SUM(changes.linger) AS linger,
    SUM(changes.opened) AS opened,
    SUM(changes.unanswered) AS unanswered
  FROM changes
  INNER JOIN groups
    ON groups.flow = changes.flow
  GROUP BY
    groups.grouping_id,
    CASE WHEN 'key' IN ('eni', 'nat') THEN 0 ELSE changes.server_port END,
    changes.moment
), habits AS (
  SELECT
    *
  FROM "default"."narrows_habits"
), levels AS (
  /* Of the doubtful ones all count but those that may be between two connections, and of those that may linger only as many */
  /* as can be hidden. */
  WITH owners_of_group AS (
    SELECT DISTINCT
      grouping_id,
      interface
    FROM groups
  ), margins AS (
    SELECT
      owners_of_group.grouping_id,
      SUM(habits.gaps) AS gaps,
      SUM(habits.hidden) AS hidden
    FROM owners_of_group
    INNER JOIN habits
      ON habits.interface = owners_of_group.interface
    GROUP BY
      owners_of_group.grouping_id
  ), summed AS (
    SELECT
      steps.*,
      SUM(low) OVER key_order AS low_sum,
      SUM(doubt) OVER key_order AS doubt_sum,
      SUM(high) OVER key_order AS high_sum,
      SUM(linger) OVER key_order AS linger_sum
    FROM steps
    WINDOW key_order AS (
      PARTITION BY grouping_id, port
      ORDER BY moment
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
  )
  SELECT
    summed.grouping_id,
    summed.port,
    summed.moment,
    summed.opened,
    summed.unanswered,
    low_sum + GREATEST(0, doubt_sum - COALESCE(gaps, 0)) AS low,
    high_sum + LEAST(linger_sum, COALESCE(hidden, 0)) AS high,
    low_sum - low + GREATEST(0, doubt_sum - doubt - COALESCE(gaps, 0)) AS low_before,
    high_sum - high + LEAST(linger_sum - linger, COALESCE(hidden, 0)) AS high_before
  FROM summed
  LEFT JOIN margins
    ON margins.grouping_id = summed.grouping_id
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
  WITH most AS (
    SELECT
      grouping_id,
      port,
      MAX(low) AS low,
      MAX(high) AS high,
      SUM(opened) AS opened,
      SUM(unanswered) AS unanswered
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
      MIN(flagged) AS flagged
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
    most.unanswered
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

-- Afterwards: groups
DROP TABLE IF EXISTS `default`.`narrows_groups`;

-- Afterwards: levels
DROP TABLE IF EXISTS `default`.`narrows_levels`;
