-- How the ports of each interface are given out again, from what is seen of it: connections whose port was another's
-- within an interval before (`straddling`: in another record), or that go on after their FIN: then there were two. Others
-- share a record from their SYN to their FIN, and their number is unknown.
--     hidden   how many records with both SYN and FIN may hide a connection that is still in the table: each silence of
--              s seconds that falls on the border of two records stands for interval / s that do not, and of what those
--              begin the usual share has not ended
--     gaps     how many five-tuples may at one time be between two connections within a record: as many as are seen
--              to be so at a border of records; of records of ten minutes there are too few borders to tell
-- Both with a margin for chance.
WITH owned AS (
    SELECT
        owner.interface,
        bounds.interval_s,
        segments.first_s,
        segments.ended_s,
        segments.silence_before,
        CASE
            WHEN silence_before <= interval_s AND opened = 1 THEN 1
            WHEN ended_s > 0 AND ended_s < last_s - $late_packets THEN 1
            ELSE 0
        END AS reused,
        CASE WHEN silence_before <= interval_s AND opened = 1 AND mixed = 0 THEN 1 ELSE 0 END AS straddling
    FROM segments
    INNER JOIN (SELECT DISTINCT flow, interface FROM legs) AS owner ON owner.flow = segments.flow
    CROSS JOIN bounds
    WHERE segments.answered = 1
),
borders AS (
    SELECT interface, CAST(FLOOR(first_s / interval_s) AS BIGINT) AS border, SUM(straddling) AS straddling
    FROM owned
    GROUP BY interface, CAST(FLOOR(first_s / interval_s) AS BIGINT)
),
busiest AS (
    SELECT interface, MAX(straddling) AS straddling FROM borders GROUP BY interface
),
counted AS (
    SELECT
        interface,
        MAX(interval_s) AS interval_s,
        SUM(reused) AS reused,
        COUNT(*) AS connections,
        SUM(CASE WHEN ended_s = 0 THEN 1 ELSE 0 END) AS not_ended,
        SUM(CASE WHEN straddling = 1 THEN CAST(FLOOR(interval_s / (silence_before + 0.5)) AS BIGINT) ELSE 0 END) AS shared
    FROM owned
    GROUP BY interface
)
SELECT
    counted.interface,
    counted.reused,
    counted.connections,
    CAST(CEIL(
        2 * (shared + counted.reused) * not_ended / connections
        + 4 * SQRT((shared + counted.reused) * not_ended / connections)
    ) AS BIGINT) + CASE WHEN counted.reused > 0 THEN 1 ELSE 0 END AS hidden,
    CASE
        WHEN counted.reused = 0 THEN 0
        WHEN counted.interval_s > $short_interval THEN counted.connections
        ELSE CAST(CEIL(2 * busiest.straddling + 3 * SQRT(busiest.straddling)) AS BIGINT) + 3
    END AS gaps
FROM counted
INNER JOIN busiest ON busiest.interface = counted.interface
