-- Grain: interface, destination, server_port, outcome.
-- One row for each NAT gateway, destination and port, and why its unanswered attempts can or cannot be compared: how many
-- came in (at least), and how many attempts that nobody answered went out, at most (`went`) and at least (`left_it`).
-- The client's port is another outside, so that they are compared by number; but one that was answered inside went out,
-- and only the others need be looked for.
-- At most: of the SYNs outside that are answered at once, none is another attempt's, for a port is given out again only
-- some time after (`nat_hold`, `nat_half_open`); of the others there is one for each time that it can have been since.
--     outcome   compared, `no-addresses` (pkt-srcaddr and pkt-dstaddr are missing), `denied` (a rule of the VPC may have
--               dropped the answer behind the gateway), `incomplete` (records are missing), `reused` (ports are given out
--               again sooner than assumed)
WITH nameless AS (
    SELECT DISTINCT interface FROM ways WHERE leg = 'nat-outside' AND pkt_client = '-'
),
denied AS (
    SELECT DISTINCT ways.interface, ways.client
    FROM ways
    INNER JOIN pairs ON pairs.interface = ways.interface AND pairs.dstaddr = ways.client
    WHERE ways.leg = 'nat-inside' AND pairs.reason = 'rejected'
),
follows AS (
    SELECT
        ways.interface,
        segments.opened,
        segments.went_on,
        segments.silence_before,
        LAG(segments.closed) OVER (PARTITION BY segments.five_tuple ORDER BY segments.first_s) AS before_closed
    FROM segments
    INNER JOIN ways ON ways.flow = segments.flow
    WHERE ways.leg = 'nat-outside'
),
reused AS (
    SELECT DISTINCT interface
    FROM follows
    WHERE went_on = 1 OR (opened = 1 AND before_closed = 1 AND silence_before < $nat_hold - 1)
),
judged AS (
    SELECT
        unanswered.interface,
        unanswered.destination,
        unanswered.server_port,
        CASE
            WHEN unanswered.destination IN ('-', unanswered.own) OR nameless.interface IS NOT NULL THEN 'no-addresses'
            WHEN denied.client IS NOT NULL THEN 'denied'
            WHEN unanswered.settled = 0 THEN 'incomplete'
            WHEN reused.interface IS NOT NULL THEN 'reused'
            ELSE 'compared'
        END AS outcome
    FROM unanswered
    LEFT JOIN nameless ON nameless.interface = unanswered.interface
    LEFT JOIN denied ON denied.interface = unanswered.interface AND denied.client = unanswered.client
    LEFT JOIN reused ON reused.interface = unanswered.interface
    WHERE unanswered.leg = 'nat-inside'
),
came AS (
    SELECT interface, destination, server_port, outcome, COUNT(*) AS came
    FROM judged
    GROUP BY interface, destination, server_port, outcome
),
sent AS (
    SELECT
        came.interface,
        came.destination,
        came.server_port,
        sided.five_tuple,
        sided.first_s,
        sided.last_s
    FROM sided
    INNER JOIN ways ON ways.flow = sided.five_tuple // 4294967296 AND ways.leg = 'nat-outside'
    INNER JOIN came
        ON came.interface = ways.interface
        AND came.destination = ways.destination
        AND came.server_port = sided.five_tuple % 65536
        AND came.outcome = 'compared'
    WHERE sided.syn = 1
),
prompt AS (
    SELECT DISTINCT sent.five_tuple, sent.first_s, sent.last_s
    FROM sent
    INNER JOIN sided
        ON sided.five_tuple = sent.five_tuple
        AND sided.first_s BETWEEN sent.first_s AND sent.first_s + $nat_half_open - 1
    WHERE sided.forward = 0
),
most AS (
    SELECT
        sent.interface,
        sent.destination,
        sent.server_port,
        SUM(CASE
            WHEN prompt.five_tuple IS NULL
                THEN 1 + FLOOR((sent.last_s - sent.first_s + 1) / GREATEST(1, $nat_half_open))
            WHEN sent.last_s - sent.first_s + 1 < $nat_hold THEN 0
            ELSE 1 + FLOOR((sent.last_s - sent.first_s + 1 - $nat_hold) / GREATEST(1, $nat_half_open))
        END) AS went
    FROM sent
    LEFT JOIN prompt
        ON prompt.five_tuple = sent.five_tuple AND prompt.first_s = sent.first_s AND prompt.last_s = sent.last_s
    GROUP BY sent.interface, sent.destination, sent.server_port
),
fewest AS (
    SELECT interface, destination, server_port, COUNT(*) AS left_it
    FROM unanswered
    WHERE leg = 'nat-outside'
    GROUP BY interface, destination, server_port
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
