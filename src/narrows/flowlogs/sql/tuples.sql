-- Grain: five_tuple.
-- Each five-tuple over all of its records. It is `simple`, and surely no more than one connection, if there is at most
-- one SYN, at its beginning, and no room for a silence as long as the idle timeout: it lasts no longer, or so few of its
-- intervals are without a record that none can be. Most are, and need no sorting.
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
    GROUP BY five_tuple
)
SELECT
    counted.*,
    CASE
        WHEN flows.flagged = 0 AND forwards > 1 THEN 0
        WHEN syns > 1 OR syn_s > counted.first_s THEN 0
        WHEN counted.last_s - counted.first_s <= $idle_timeout THEN 1
        WHEN (FLOOR((counted.last_s - counted.first_s) / bounds.interval_s) - forwards + 2) * bounds.interval_s
            <= $idle_timeout THEN 1
        ELSE 0
    END AS simple
FROM counted
INNER JOIN flows ON flows.flow = counted.five_tuple // 4294967296
CROSS JOIN bounds
