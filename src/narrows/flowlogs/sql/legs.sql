-- Grain: interface, srcaddr, dstaddr, pkt_srcaddr, pkt_dstaddr, protocol, flagged.
-- Each pair of addresses with its leg of the path:
--     eni          client -> server, at an interface that is no NAT gateway's
--     nat-inside   client -> NAT gateway; where the connection really goes is in pkt-dstaddr, if the format has it
--     nat-outside  NAT gateway -> destination: here its ports are counted, per unique destination
-- `told`: which of a NAT gateway's addresses has the port; without pkt-srcaddr those of all of them look the same.
-- Both directions of the same traffic get the same number, `flow`; records with tcp-flags another than those without.
WITH sided AS (
    SELECT
        directed.*,
        interfaces.kind,
        CASE WHEN forward THEN srcaddr ELSE dstaddr END AS client,
        CASE WHEN forward THEN dstaddr ELSE srcaddr END AS server,
        CASE WHEN forward THEN pkt_srcaddr ELSE pkt_dstaddr END AS pkt_client,
        CASE WHEN forward THEN pkt_dstaddr ELSE pkt_srcaddr END AS pkt_server,
        CASE WHEN forward THEN ingress > egress ELSE egress > ingress END AS comes_in
    FROM directed
    INNER JOIN interfaces ON interfaces.interface = directed.interface
),
placed AS (
    SELECT
        sided.*,
        CASE
            WHEN kind = 'nat-gateway' AND server = own THEN 'nat-inside'
            WHEN kind = 'nat-gateway' AND client = own THEN 'nat-outside'
            WHEN kind = 'regional-nat-gateway' AND comes_in THEN 'nat-inside'
            WHEN kind = 'regional-nat-gateway' THEN 'nat-outside'
            ELSE 'eni'
        END AS leg
    FROM sided
),
named AS (
    SELECT
        placed.*,
        CASE WHEN leg = 'nat-inside' THEN pkt_server ELSE server END AS destination,
        CASE
            WHEN leg = 'nat-inside' THEN client
            WHEN leg = 'nat-outside' AND pkt_client <> '-' THEN pkt_client
            WHEN kind = 'regional-nat-gateway' THEN client
            ELSE own
        END AS address,
        CASE WHEN leg = 'nat-outside' AND pkt_client = '-' AND kind <> 'regional-nat-gateway' THEN 0 ELSE 1 END AS told
    FROM placed
)
SELECT
    interface,
    srcaddr,
    dstaddr,
    pkt_srcaddr,
    pkt_dstaddr,
    protocol,
    kind,
    leg,
    forward,
    client,
    destination,
    address,
    told,
    flagged,
    records,
    DENSE_RANK() OVER (ORDER BY interface, leg, client, server, pkt_client, pkt_server, protocol, flagged) AS flow
FROM named
