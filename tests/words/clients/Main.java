// Java's libraries, each at every fault that it can meet; prints a JSON line for each.
// java -cp '/usr/share/java/*' Main.java, with Debian's lib*-java packages.
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public class Main {
  interface Attempt { void run(String host) throws Throwable; }

  static final String[] EVERY = {"black-hole", "refused", "reset", "reset-later", "closed", "closed-later", "silent",
      "unreachable", "nxdomain", "servfail", "unanswered"};
  static final String[] FULL = {"black-hole", "refused", "reset", "reset-later", "closed", "closed-later", "silent",
      "unreachable", "nxdomain", "servfail", "unanswered", "full"};
  static final String[] TLS = {"silent", "closed", "reset", "black-hole"};
  static final ExecutorService turns = Executors.newFixedThreadPool(16);

  static void attempt(String library, String version, Attempt attempt, String... faults) {
    for (String fault : faults) {
      turns.submit(() -> {
        try {
          attempt.run(fault + ".example.test");
        } catch (Throwable error) {
          print(library, version, fault, error);
        }
      });
    }
  }

  // As a stack trace without its frames: they are in the way, and hold nothing that the reader looks at.
  static void print(String library, String version, String fault, Throwable error) {
    StringBuilder text = new StringBuilder(error.toString());
    List<Throwable> seen = new ArrayList<>();
    for (Throwable cause = error.getCause(); cause != null && !seen.contains(cause); cause = cause.getCause()) {
      seen.add(cause);
      text.append("\nCaused by: ").append(cause);
    }
    synchronized (turns) {
      System.out.printf("{\"library\": %s, \"version\": %s, \"runtime\": %s, \"fault\": %s, \"printed\": %s}%n", quoted(library),
          quoted(version), quoted("Java " + System.getProperty("java.version")), quoted(fault), quoted(text.toString()));
      System.out.flush();
    }
  }

  static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + "\"";
  }

  static void urlConnection(String url) throws Exception {
    HttpURLConnection one = (HttpURLConnection) new URL(url).openConnection();
    one.setConnectTimeout(1000);
    one.setReadTimeout(1000);
    one.getResponseCode();
  }

  static void httpClient(String url) throws Exception {
    HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(1)).build().send(
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMillis(1500)).build(), HttpResponse.BodyHandlers.ofString());
  }

  static void apache(String url) throws Exception {
    var limits = org.apache.http.client.config.RequestConfig.custom().setConnectTimeout(1000).setSocketTimeout(1000).build();
    try (var one = org.apache.http.impl.client.HttpClients.custom().setDefaultRequestConfig(limits).disableAutomaticRetries().build()) {
      one.execute(new org.apache.http.client.methods.HttpGet(url)).close();
    }
  }

  static void netty(String host) throws Throwable {
    var group = new io.netty.channel.nio.NioEventLoopGroup(1);
    try {
      var connected = new io.netty.bootstrap.Bootstrap().group(group).channel(io.netty.channel.socket.nio.NioSocketChannel.class)
          .option(io.netty.channel.ChannelOption.CONNECT_TIMEOUT_MILLIS, 1000)
          .handler(new io.netty.channel.ChannelInboundHandlerAdapter()).connect(host, 443).await();
      if (connected.cause() != null) throw connected.cause();
    } finally {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
  }

  static void jdbc(String url) throws Exception {
    DriverManager.getConnection(url, "app", "x").close();
  }

  static void mongo(String host) {
    var limits = com.mongodb.MongoClientOptions.builder().connectTimeout(1000).socketTimeout(1000).serverSelectionTimeout(2000).build();
    new com.mongodb.MongoClient(new com.mongodb.ServerAddress(host), limits).getDatabase("app").listCollectionNames().first();
  }

  public static void main(String[] arguments) throws Exception {
    String own = System.getProperty("java.version");
    java.util.logging.LogManager.getLogManager().reset();
    attempt("java.net.Socket", own, host -> {
      Socket one = new Socket();
      one.connect(new InetSocketAddress(java.net.InetAddress.getByName(host), 443), 1000);
      one.setSoTimeout(1000);
      OutputStream out = one.getOutputStream();
      out.write("GET / HTTP/1.0\r\n\r\n".getBytes());
      if (one.getInputStream().read() < 0) throw new java.io.EOFException();
    }, EVERY);
    attempt("HttpURLConnection", own, host -> urlConnection("http://" + host + "/"), EVERY);
    attempt("HttpURLConnection (TLS)", own, host -> urlConnection("https://" + host + "/"), TLS);
    attempt("java.net.http", own, host -> httpClient("http://" + host + "/"), EVERY);
    attempt("java.net.http (TLS)", own, host -> httpClient("https://" + host + "/"), TLS);
    attempt("Apache HttpClient", "4.5.14", host -> apache("http://" + host + "/"), EVERY);
    attempt("Apache HttpClient (TLS)", "4.5.14", host -> apache("https://" + host + "/"), TLS);
    attempt("netty", "4.1.48", Main::netty, "black-hole", "refused", "unreachable", "nxdomain", "servfail");
    attempt("PostgreSQL JDBC", System.getenv("VERSION_pgjdbc"), host -> jdbc("jdbc:postgresql://" + host + "/app?connectTimeout=1&socketTimeout=1&loginTimeout=3"), FULL);
    attempt("MariaDB Connector/J", "2.7.6", host -> jdbc("jdbc:mariadb://" + host + "/app?connectTimeout=1000&socketTimeout=1000"), FULL);
    attempt("MongoDB Java Driver", "3.6.3", Main::mongo, EVERY);
    turns.shutdown();
    turns.awaitTermination(60, TimeUnit.SECONDS);
    System.exit(0);
  }
}
