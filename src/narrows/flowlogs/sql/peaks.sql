-- Grain: grouping_id, port.
-- The peak of each key, with its moment: where the lower bound is at its highest (the upper one, if nothing is sure).
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
    GROUP BY grouping_id, port
),
moments AS (
    SELECT levels.grouping_id, levels.port, MIN(levels.moment) AS moment
    FROM levels
    INNER JOIN most ON most.grouping_id = levels.grouping_id AND most.port = levels.port
    WHERE (most.low > 0 AND levels.low = most.low) OR (most.low = 0 AND levels.high = most.high)
    GROUP BY levels.grouping_id, levels.port
),
names AS (
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
    GROUP BY grouping_id
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
INNER JOIN moments ON moments.grouping_id = most.grouping_id AND moments.port = most.port
INNER JOIN names ON names.grouping_id = most.grouping_id
ORDER BY most.low + most.high DESC, names.interface, names.leg, names.destination, most.port
