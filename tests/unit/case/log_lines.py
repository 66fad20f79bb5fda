"""Lines of logs as the libraries write them, and what they tell of."""

from __future__ import annotations

from narrows.case import CallerOutcome

TIMED_OUT, REFUSED, RESET = CallerOutcome.TIMED_OUT, CallerOutcome.REFUSED, CallerOutcome.RESET
NO_NAME, NO_DESCRIPTOR = CallerOutcome.NO_NAME, CallerOutcome.NO_DESCRIPTOR
ANSWER = CallerOutcome.ANSWER_TIMED_OUT

LINES: list[tuple[str, CallerOutcome | None]] = [
    # Python
    ("requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='x', port=443): Max retries exceeded", TIMED_OUT),
    ("botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL: \"https://x/\"", TIMED_OUT),
    ("TimeoutError: [Errno 110] Connection timed out", TIMED_OUT),
    ("ConnectionError: [Errno 110] Operation timed out", TIMED_OUT),
    # Of a connect and of a read alike: only the frames of a traceback tell them apart.
    ("socket.timeout: timed out", ANSWER),
    ("TimeoutError: timed out", ANSWER),
    ("redis.exceptions.TimeoutError: Timeout connecting to server", TIMED_OUT),
    ("redis.exceptions.TimeoutError: Timeout reading from socket", ANSWER),
    ("urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='x', port=443): Read timed out.", ANSWER),
    ("socket.timeout: The read operation timed out", ANSWER),
    ("ConnectionResetError: [Errno 104] Connection reset by peer", RESET),
    ("BrokenPipeError: [Errno 32] Broken pipe", RESET),
    ("('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))", RESET),
    ("ConnectionRefusedError: [Errno 111] Connection refused", REFUSED),
    ("OSError: [Errno 24] Too many open files", NO_DESCRIPTOR),
    ("socket.gaierror: [Errno -2] Name or service not known", NO_NAME),
    ("socket.gaierror: [Errno -3] Temporary failure in name resolution", NO_NAME),
    ("httpx.ConnectTimeout", TIMED_OUT),
    ("psycopg2.OperationalError: connection to server at \"x\", port 5432 failed: Connection timed out", TIMED_OUT),
    ("OperationalError: timeout expired", TIMED_OUT),  # psycopg2, libpq before 14
    ("(psycopg2.OperationalError) timeout expired", TIMED_OUT),  # the same in SQLAlchemy
    ('{"errorMessage": "timeout expired\\n", "errorType": "OperationalError"}', TIMED_OUT),  # the same in JSON
    ('OperationalError: connection to server at "x" (10.0.0.1), port 5432 failed: timeout expired', TIMED_OUT),  # 14+
    ("psycopg.errors.ConnectionTimeout: connection timeout expired", TIMED_OUT),  # psycopg 3
    ("OperationalError: ('HYT00', '[HYT00] [Microsoft][ODBC Driver 18]Query timeout expired (0)')", None),  # pyodbc
    ("subprocess failed: timeout expired", None),
    ("pymysql.err.OperationalError: (2003, \"Can't connect to MySQL server on 'x' (timed out)\")", TIMED_OUT),
    ("aiohttp.client_exceptions.ServerTimeoutError: Connection timeout to host https://x/", TIMED_OUT),  # before 3.10
    ("aiohttp.client_exceptions.ConnectionTimeoutError: Connection timeout to host https://x/", TIMED_OUT),
    ('ConnectionClosedError: Connection was closed before we received a valid response from endpoint URL: "https://x/"',
     RESET),  # botocore
    ("pycurl.error: (28, 'Connection timed out after 5001 milliseconds')", TIMED_OUT),
    # Node.js
    ("Error: connect ETIMEDOUT 203.0.113.10:443", TIMED_OUT),
    ("Error: read ETIMEDOUT", ANSWER),
    ("Error: connect ECONNREFUSED 203.0.113.10:443", REFUSED),
    ("Error: read ECONNRESET", RESET),
    ("Error: socket hang up", RESET),
    ("Error: connect EMFILE 203.0.113.10:443 - Local (undefined:undefined)", NO_DESCRIPTOR),
    ("Error: getaddrinfo ENOTFOUND cache.example.com", NO_NAME),
    ("Error: getaddrinfo EAI_AGAIN cache.example.com", NO_NAME),
    ("ConnectTimeoutError: Connect Timeout Error (code: 'UND_ERR_CONNECT_TIMEOUT')", TIMED_OUT),
    ("HeadersTimeoutError: Headers Timeout Error code: 'UND_ERR_HEADERS_TIMEOUT'", ANSWER),
    ("Error: Connection terminated due to connection timeout", TIMED_OUT),  # node-postgres
    # AWS SDK for JavaScript
    ("TimeoutError: Socket timed out without establishing a connection", TIMED_OUT),  # v2
    ("TimeoutError: Socket timed out without establishing a connection within 1000 ms", TIMED_OUT),  # v3
    (("TimeoutError: @smithy/node-http-handler - the request socket did not establish a connection with the server "
     "within the configured timeout of 1000 ms."), TIMED_OUT),  # v3, newer
    ("TimeoutError: Connection timed out after 120000ms", ANSWER),  # v2: nothing was heard, connected or not
    ("TimeoutError: Connection timed out after 3000 ms", ANSWER),  # v3
    (("TimeoutError: @smithy/node-http-handler - the request socket timed out after 3000 ms of inactivity (configured "
     "by client requestHandler)."), ANSWER),  # v3, newer
    ("TimeoutError: @smithy/node-http-handler - [ERROR] a request has exceeded the configured 5000 ms requestTimeout.",
     ANSWER),
    (("@smithy/node-http-handler - [WARN] a request has exceeded the configured 5000 ms requestTimeout. Init client "
     "requestHandler with throwOnRequestTimeout=true to turn this into an error."), None),  # it goes on
    # .NET
    (("SqlException (0x80131904): Connection Timeout Expired.  The timeout period elapsed while attempting to consume "
     "the pre-login handshake acknowledgement."), ANSWER),
    # Java
    ("java.net.ConnectException: Connection timed out", TIMED_OUT),
    ("java.net.SocketTimeoutException: connect timed out", TIMED_OUT),
    ("java.net.SocketTimeoutException: Read timed out", ANSWER),
    ("java.net.ConnectException: Connection refused", REFUSED),
    ("java.net.UnknownHostException: cache.example.com", NO_NAME),
    ("java.net.SocketException: Connection reset", RESET),
    # Go
    ("dial tcp 203.0.113.10:443: i/o timeout", TIMED_OUT),
    ("dial tcp 203.0.113.10:443: connect: connection timed out", TIMED_OUT),
    ("dial tcp 203.0.113.10:443: connect: connection refused", REFUSED),
    ("dial tcp: lookup cache.example.com on 169.254.78.1:53: no such host", NO_NAME),
    ("read tcp 169.254.76.1:41234->203.0.113.10:443: i/o timeout", ANSWER),
    ("read tcp 169.254.76.1:41234->203.0.113.10:443: read: connection reset by peer", RESET),
    ("dial tcp 203.0.113.10:443: socket: too many open files", NO_DESCRIPTOR),
    # gRPC
    # Printed where the server closes the connection, too: no reason follows.
    ("14 UNAVAILABLE: No connection established. Last error: failed to connect", ANSWER),
    ("StatusCode.UNAVAILABLE details = \"failed to connect to all addresses\"", ANSWER),
    ("StatusCode.UNAVAILABLE: failed to connect to all addresses; Connection refused", REFUSED),
    ("4 DEADLINE_EXCEEDED: Deadline exceeded", ANSWER),
    ("4 DEADLINE_EXCEEDED: Deadline exceeded after 5s, waiting for LB pick", TIMED_OUT),
    # nothing
    ("INFO timeout is set to 30 s, retries 3", None),
    ("REPORT RequestId: x Duration: 3000.00 ms Billed Duration: 3000 ms", None),
    ("the order was refused by the customer", None),
    ("password reset for user 17", None),
]  # fmt: skip
