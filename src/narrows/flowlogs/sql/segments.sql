-- One row for each connection that the records of a five-tuple show. A new one begins with a SYN (one that is no
-- retransmit of a SYN that nobody has answered), and after a silence in which every table has forgotten the old one.
-- Its answer may be in a record that began before the SYN did, with what the server sent to the connection before it.
-- `mixed`: the one before it has not ended in an earlier record, so it did in the first of this one; where, is unknown.
WITH cut AS (
    SELECT
        timeline.*,
        CASE
            WHEN before_last IS NULL THEN 1
            WHEN first_s - before_last > $idle_timeout THEN 1
            WHEN syn = 1 AND before_syn = 0 THEN 1
            WHEN syn = 1 AND first_s - before_last > $longest_retransmit THEN 1
            ELSE 0
        END AS begins
    FROM timeline
),
numbered AS (
    SELECT
        cut.*,
        SUM(begins) OVER (
            PARTITION BY five_tuple ORDER BY first_s, syn DESC, last_s, forward
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS segment
    FROM cut
),
several AS (
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
        MAX(CASE WHEN begins = 1 AND syn = 1 AND before_ends = 0 AND first_s - before_last <= $idle_timeout
            THEN 1 ELSE 0 END) AS mixed,
        MAX(CASE WHEN begins = 1 THEN last_s ELSE 0 END) AS first_record_last_s,
        MAX(CASE WHEN begins = 1 THEN first_s - before_last ELSE NULL END) AS silence_before
    FROM numbered
    GROUP BY five_tuple, segment
)
SELECT
    several.*,
    LEAD(first_s) OVER (PARTITION BY five_tuple ORDER BY segment) AS next_s,
    five_tuple // 4294967296 AS flow,
    CAST(five_tuple % 65536 AS INT) AS server_port
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
    five_tuple // 4294967296 AS flow,
    CAST(five_tuple % 65536 AS INT) AS server_port
FROM tuples
WHERE simple = 1
