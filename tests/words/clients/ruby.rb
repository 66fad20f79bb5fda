# Ruby's libraries, each at every fault that it can meet; prints a JSON line for each. With Debian's ruby-* packages.
require "json"
require "net/http"
require "socket"
require "timeout"
require "pg"
require "mysql2"
require "redis"
require "faraday"
require "excon"
require "mongo"

EVERY = %w[black-hole refused reset reset-later closed closed-later silent unreachable nxdomain servfail unanswered]
FULL = EVERY + ["full"]

def http(host, scheme)
  one = Net::HTTP.new(host, scheme == "https" ? 443 : 80)
  one.use_ssl = scheme == "https"
  one.open_timeout = one.read_timeout = 1
  one.max_retries = 0
  one.get("/")
end

ATTEMPTS = [
  ["Socket", RUBY_VERSION, ->(host) { Socket.tcp(host, 443, connect_timeout: 1) { |one| one.write("GET / HTTP/1.0\r\n\r\n"); one.readpartial(10) } },
   EVERY - ["silent"]],
  ["Net::HTTP", RUBY_VERSION, ->(host) { http(host, "http") }, EVERY],
  ["Net::HTTP (TLS)", RUBY_VERSION, ->(host) { http(host, "https") }, %w[silent closed reset black-hole]],
  ["pg", PG::VERSION, ->(host) { PG.connect(host: host, user: "app", password: "x", dbname: "app", connect_timeout: 2) }, FULL],
  ["mysql2", Mysql2::VERSION, ->(host) { Mysql2::Client.new(host: host, username: "app", password: "x", connect_timeout: 1, read_timeout: 1) }, FULL],
  ["redis-rb", Redis::VERSION, ->(host) { Redis.new(host: host, connect_timeout: 1, read_timeout: 1, reconnect_attempts: 0).ping }, FULL],
  ["Faraday", Faraday::VERSION, ->(host) { Faraday.new("http://#{host}/", request: { open_timeout: 1, timeout: 1 }).get }, EVERY],
  ["Excon", Excon::VERSION, ->(host) { Excon.get("http://#{host}/", connect_timeout: 1, read_timeout: 1) }, EVERY],
  ["mongo", Mongo::VERSION, ->(host) { Mongo::Client.new(["#{host}:27017"], server_selection_timeout: 2, connect_timeout: 1, socket_timeout: 1, logger: Logger.new(nil)).database.collection_names }, EVERY],
]

lock = Mutex.new
threads = ATTEMPTS.flat_map do |library, version, run, faults|
  faults.map do |fault|
    Thread.new do
      Timeout.timeout(15) { run.call("#{fault}.example.test") }
    rescue Exception => error
      next if error.message == "execution expired" && error.class == Timeout::Error
      row = { library: library, version: version, runtime: "Ruby #{RUBY_VERSION}", fault: fault, printed: "#{error.class}: #{error.message}" }
      lock.synchronize { puts JSON.generate(row); $stdout.flush }
    end
  end
end
threads.each { |one| one.join(30) }
exit!(0)
