-- Grain: interface, slot.
-- When TCP records of an interface without tcp-flags are left out: another flow log of it has them at the same time, and
-- says the same. A record of the one may reach an interval into those of the other.
SELECT
    logged.interface,
    CAST(FLOOR(logged.minute * 60 / $slot) AS BIGINT) AS slot,
    MIN(CASE WHEN logged.flagged = 1 THEN logged.minute * 60 END) - MAX(bounds.interval_s) AS from_s,
    MAX(CASE WHEN logged.flagged = 1 THEN logged.minute * 60 + 59 END) + MAX(bounds.interval_s) AS to_s
FROM logged
CROSS JOIN bounds
WHERE logged.interface IN (SELECT interface FROM logged WHERE unflagged = 1)
GROUP BY logged.interface, CAST(FLOOR(logged.minute * 60 / $slot) AS BIGINT)
HAVING MAX(logged.flagged) = 1
