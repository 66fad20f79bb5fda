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
            PARTITION BY flow, client_port, server_port ORDER BY first_s, syn DESC, last_s, forward
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS segment
    FROM cut
)
SELECT
    flow,
    client_port,
    server_port,
    segment,
    MIN(leg) AS leg,
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
GROUP BY flow, client_port, server_port, segment
