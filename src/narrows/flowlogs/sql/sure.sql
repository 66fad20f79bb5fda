-- Grain: one row for each piece of time.
-- Without tcp-flags only the records themselves show that a connection was open: all of it that is shorter than the rest
-- that a port has between two connections, and the time between two records of one five-tuple where that is shorter.
-- Where records overlap, as those of two flow logs do, only what is new of each counts.
-- A lone record that lasts as long as SYNs that nobody answers may be just those, and is not sure.
WITH own AS (
    SELECT
        timeline.five_tuple,
        timeline.first_s,
        timeline.last_s,
        timeline.before_last,
        CASE WHEN flows.leg = 'nat-outside' THEN GREATEST($port_rest, $nat_hold) ELSE $port_rest END AS rest
    FROM timeline
    INNER JOIN flows ON flows.flow = timeline.five_tuple // 4294967296
    WHERE flows.flagged = 0 AND timeline.forward = 1
    UNION ALL
    SELECT
        five_tuple,
        tuples.first_s,
        tuples.last_s,
        NULL AS before_last,
        CASE WHEN flows.leg = 'nat-outside' THEN GREATEST($port_rest, $nat_hold) ELSE $port_rest END AS rest
    FROM tuples
    INNER JOIN flows ON flows.flow = tuples.five_tuple // 4294967296
    WHERE flows.flagged = 0 AND tuples.simple = 1 AND tuples.last_s - tuples.first_s NOT IN $moments
),
pieces AS (
    SELECT five_tuple, GREATEST(first_s, COALESCE(before_last, first_s)) AS low_from, last_s AS low_to
    FROM own WHERE last_s - first_s <= rest
    UNION ALL
    SELECT five_tuple, before_last, first_s FROM own WHERE first_s > before_last AND first_s - before_last <= rest
)
SELECT
    five_tuple // 4294967296 AS flow,
    CAST(five_tuple % 65536 AS INT) AS server_port,
    low_from,
    low_to
FROM pieces
