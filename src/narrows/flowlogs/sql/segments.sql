-- Grain: one row for each connection.
-- One row for each connection that the records of a five-tuple show. A new one begins with a SYN (but not where it comes
-- when one that nobody has answered would be sent again), and after a silence in which every table has forgotten the old
-- one.
-- What came before the next one's beginning is how this one ended.
--     mixed      the one before it has not ended in an earlier record, so it did in the first of this one; where, is unknown
--     shared     its first record also has the end of a connection: it may hold several
--     shared_next   so may the first record of the next one
--     answered_from_s   the first answer, as far as it is known: a SYN before it may have been forgotten
WITH cut AS (
    SELECT
        timeline.*,
        CASE
            WHEN before_last IS NULL THEN 1
            WHEN first_s - before_last > $idle_timeout THEN 1
            WHEN syn = 1 AND before_syn = 0 THEN 1
            WHEN syn = 1 AND first_s > before_last AND first_s - before_last NOT IN $retransmit_gaps THEN 1
            ELSE 0
        END AS begins
    FROM timeline
),
heads AS (
    SELECT
        cut.*,
        CASE WHEN soon_end_s <= last_s + $late_packets THEN 1 ELSE 0 END AS shared
    FROM cut
    WHERE begins = 1
),
followed AS (
    SELECT
        heads.*,
        LEAD(first_s) OVER in_order AS next_s,
        LEAD(before_last) OVER in_order AS next_before_last,
        LEAD(before_answer_s) OVER in_order AS next_before_answer_s,
        LEAD(before_end_s) OVER in_order AS next_before_end_s,
        LEAD(shared) OVER in_order AS shared_next
    FROM heads
    WINDOW in_order AS (PARTITION BY five_tuple ORDER BY place)
),
ended AS (
    SELECT
        followed.*,
        CASE WHEN next_s IS NULL THEN tuples.last_s ELSE next_before_last END AS to_s,
        CASE WHEN next_s IS NULL THEN tuples.answer_s ELSE next_before_answer_s END AS answer_s,
        CASE WHEN next_s IS NULL THEN tuples.end_s ELSE next_before_end_s END AS end_s
    FROM followed
    INNER JOIN tuples ON tuples.five_tuple = followed.five_tuple
)
SELECT
    five_tuple,
    first_s,
    to_s AS last_s,
    syn AS opened,
    CASE WHEN answer_s >= first_s THEN 1 ELSE 0 END AS answered,
    first_s AS answered_from_s,
    CASE WHEN end_s >= first_s AND end_s >= to_s - $late_packets THEN 1 ELSE 0 END AS closed,
    CASE WHEN end_s >= first_s AND end_s < to_s - $late_packets THEN 1 ELSE 0 END AS went_on,
    CASE WHEN syn = 1 AND COALESCE(before_ends, 0) + COALESCE(before_before_ends, 0) = 0 AND first_s - before_last <= $idle_timeout THEN 1 ELSE 0 END AS mixed,
    shared,
    last_s AS first_record_last_s,
    CASE WHEN before_last IS NULL THEN 1 ELSE 0 END AS is_first,
    first_s - before_last AS silence_before,
    next_s,
    shared_next,
    five_tuple // 4294967296 AS flow,
    CAST(five_tuple % 65536 AS INT) AS server_port
FROM ended
UNION ALL
SELECT
    five_tuple,
    first_s,
    last_s,
    CASE WHEN syns > 0 THEN 1 ELSE 0 END AS opened,
    CASE WHEN answer_s IS NULL THEN 0 ELSE 1 END AS answered,
    GREATEST(first_s, COALESCE(answered_from_s, first_s)) AS answered_from_s,
    CASE WHEN end_s >= last_s - $late_packets THEN 1 ELSE 0 END AS closed,
    CASE WHEN end_s < last_s - $late_packets THEN 1 ELSE 0 END AS went_on,
    0 AS mixed,
    CASE WHEN first_end_s <= COALESCE(syn_last_s, first_record_last_s) + $late_packets THEN 1 ELSE 0 END AS shared,
    COALESCE(syn_last_s, first_record_last_s) AS first_record_last_s,
    1 AS is_first,
    CAST(NULL AS BIGINT) AS silence_before,
    CAST(NULL AS BIGINT) AS next_s,
    CAST(NULL AS INT) AS shared_next,
    five_tuple // 4294967296 AS flow,
    CAST(five_tuple % 65536 AS INT) AS server_port
FROM tuples
WHERE simple = 1
