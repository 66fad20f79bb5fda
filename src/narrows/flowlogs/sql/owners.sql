-- Grain: interface.
-- The address of each interface: the one that the case's topology names, else the one in most of its records.
WITH seen AS (
    SELECT interface, srcaddr AS address, SUM(records) AS records FROM pairs WHERE reason = 'used' GROUP BY interface, srcaddr
    UNION ALL
    SELECT interface, dstaddr AS address, SUM(records) AS records FROM pairs WHERE reason = 'used' GROUP BY interface, dstaddr
),
ranked AS (
    SELECT
        interface,
        address,
        ROW_NUMBER() OVER (PARTITION BY interface ORDER BY SUM(records) DESC, address) AS place
    FROM seen
    GROUP BY interface, address
)
SELECT
    ranked.interface,
    COALESCE(known.address, ranked.address) AS address,
    known.kind,
    known.name
FROM ranked
LEFT JOIN known ON known.interface = ranked.interface
WHERE ranked.place = 1
