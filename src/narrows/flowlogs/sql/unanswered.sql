-- Grain: five_tuple, first_s.
-- One row for each connection attempt that surely was one, and of which no answer is to be seen where its SYN is.
-- SYNs of a five-tuple within `patience` are one attempt: the schedule by which one is sent again is not always kept to.
--     whole     no record of an answer can be missing: it may end, and so be delivered, an interval after the last SYN
--     settled   no record at all of the interface can be missing while it was made
WITH tried AS (
    SELECT
        ways.*,
        segments.five_tuple,
        segments.server_port,
        segments.first_s,
        segments.last_s,
        LAG(segments.last_s) OVER (PARTITION BY segments.five_tuple ORDER BY segments.first_s) AS before_last
    FROM segments
    INNER JOIN ways ON ways.flow = segments.flow
    WHERE segments.opened = 1 AND segments.answered = 0
),
answered AS (
    SELECT DISTINCT tried.five_tuple, tried.first_s
    FROM tried
    INNER JOIN sided
        ON sided.five_tuple = tried.five_tuple
        AND sided.last_s >= tried.first_s
        AND sided.first_s <= tried.last_s + $patience
    WHERE sided.answers = 1 OR sided.ends = 1
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
        WHEN tried.first_s < $begin THEN 0
        WHEN watched.to_s >= tried.last_s + bounds.interval_s + $late_packets THEN 1
        ELSE 0
    END AS whole,
    CASE
        WHEN watched.from_s <= tried.first_s AND watched.to_s >= tried.last_s + bounds.interval_s + $late_packets THEN 1
        ELSE 0
    END AS settled
FROM tried
CROSS JOIN bounds
LEFT JOIN answered ON answered.five_tuple = tried.five_tuple AND answered.first_s = tried.first_s
LEFT JOIN watched
    ON watched.interface = tried.interface
    AND watched.from_s - bounds.interval_s <= tried.first_s
    AND watched.to_s >= tried.last_s
WHERE
    answered.five_tuple IS NULL
    AND (tried.before_last IS NULL OR tried.first_s - tried.before_last > $patience)
