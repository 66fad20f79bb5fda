-- Grain: interface, srcaddr, dstaddr, pkt_srcaddr, pkt_dstaddr, protocol, flagged.
-- Which side of each pair is the client: `forward` is true where srcaddr is.
-- Lambda's ENIs take no connections, so there their own address is (an ENI has others of IPv6, which nobody lists).
-- Else whoever sends the SYN; without tcp-flags the side whose ports vary more, for a service keeps to its port.
SELECT
    pairs.*,
    owners.address AS own,
    CASE
        WHEN owners.kind = 'hyperplane-eni' AND owners.address IN (pairs.srcaddr, pairs.dstaddr)
            THEN pairs.srcaddr = owners.address
        WHEN pairs.syns > pairs.syn_acks THEN TRUE
        WHEN pairs.syns < pairs.syn_acks THEN FALSE
        WHEN most_srcport - least_srcport <> most_dstport - least_dstport
            THEN most_srcport - least_srcport > most_dstport - least_dstport
        ELSE most_srcport > most_dstport
    END AS forward
FROM pairs
INNER JOIN owners ON owners.interface = pairs.interface
WHERE pairs.reason = 'used'
