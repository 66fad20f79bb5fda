-- Grain: five_tuple, first_s.
-- One row for each unanswered attempt at a Hyperplane ENI: whether it came in at a NAT gateway.
-- The client's address and port, the destination and its port are the same at both, so it is looked for by these. That it
-- should have come in is known from others: the way is that of the subnet and the destination, so those of the same client
-- to the same destination, before and after it, came in there too.
--     outcome   lost, seen, `other-way` (none of the others came in near it), `no-addresses` (what the client has coming in
--               at a gateway does not say where it goes), `incomplete` (records are missing)
WITH paths AS (
    SELECT sent.flow AS eni_flow, inside.flow AS inside_flow, inside.interface AS gateway
    FROM ways AS sent
    INNER JOIN ways AS inside
        ON inside.client = sent.client
        AND inside.destination = sent.destination
        AND inside.leg = 'nat-inside'
    WHERE sent.leg = 'eni' AND sent.kind = 'hyperplane-eni'
),
nameless AS (
    SELECT DISTINCT client FROM ways WHERE leg = 'nat-inside' AND destination = '-'
),
came AS (
    SELECT
        segments.flow,
        CAST(FLOOR(segments.first_s / $slot) AS BIGINT) AS slot,
        MIN(segments.first_s) AS from_s,
        MAX(segments.first_s) AS to_s
    FROM segments
    INNER JOIN (SELECT DISTINCT inside_flow FROM paths) AS used ON used.inside_flow = segments.flow
    WHERE segments.opened = 1
    GROUP BY segments.flow, CAST(FLOOR(segments.first_s / $slot) AS BIGINT)
),
asked AS (
    SELECT
        unanswered.five_tuple,
        unanswered.first_s,
        unanswered.last_s,
        unanswered.whole,
        CASE WHEN nameless.client IS NULL THEN 0 ELSE 1 END AS nameless,
        paths.inside_flow,
        paths.gateway,
        paths.inside_flow * 4294967296 + unanswered.five_tuple % 4294967296 AS inside_tuple
    FROM unanswered
    LEFT JOIN paths ON paths.eni_flow = unanswered.flow
    LEFT JOIN nameless ON nameless.client = unanswered.client
    WHERE unanswered.leg = 'eni' AND unanswered.kind = 'hyperplane-eni'
),
seen AS (
    SELECT DISTINCT asked.inside_tuple, asked.first_s
    FROM asked
    INNER JOIN sided
        ON sided.five_tuple = asked.inside_tuple
        AND sided.last_s >= asked.first_s - $late_packets
        AND sided.first_s <= asked.last_s + $late_packets
),
others AS (
    SELECT
        asked.inside_tuple,
        asked.first_s,
        MAX(CASE WHEN came.from_s <= asked.first_s THEN 1 ELSE 0 END) AS before_it,
        MAX(CASE WHEN came.to_s >= asked.last_s THEN 1 ELSE 0 END) AS after_it
    FROM asked
    INNER JOIN came
        ON came.flow = asked.inside_flow
        AND came.slot BETWEEN CAST(FLOOR(asked.first_s / $slot) AS BIGINT) - 1
        AND CAST(FLOOR(asked.last_s / $slot) AS BIGINT) + 1
    GROUP BY asked.inside_tuple, asked.first_s
),
judged AS (
    SELECT
        asked.five_tuple,
        asked.first_s,
        MIN(asked.whole) AS whole,
        MAX(asked.nameless) AS nameless,
        MAX(CASE WHEN seen.inside_tuple IS NULL THEN 0 ELSE 1 END) AS seen,
        MAX(CASE WHEN others.before_it = 1 AND others.after_it = 1 THEN 1 ELSE 0 END) AS on_the_way,
        MIN(CASE WHEN asked.gateway IS NULL OR watched.interface IS NULL THEN 0 ELSE 1 END) AS gateway_whole
    FROM asked
    CROSS JOIN bounds
    LEFT JOIN seen ON seen.inside_tuple = asked.inside_tuple AND seen.first_s = asked.first_s
    LEFT JOIN others ON others.inside_tuple = asked.inside_tuple AND others.first_s = asked.first_s
    LEFT JOIN watched
        ON watched.interface = asked.gateway
        AND watched.from_s <= asked.first_s
        AND watched.to_s >= asked.last_s + bounds.interval_s + $late_packets
    GROUP BY asked.five_tuple, asked.first_s
)
SELECT
    five_tuple,
    first_s,
    CASE
        WHEN seen = 1 THEN 'seen'
        WHEN nameless = 1 THEN 'no-addresses'
        WHEN on_the_way = 0 THEN 'other-way'
        WHEN whole = 0 OR gateway_whole = 0 THEN 'incomplete'
        ELSE 'lost'
    END AS outcome
FROM judged
