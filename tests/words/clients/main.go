// Go's libraries, each at every fault that it can meet; prints a JSON line for each.
// GO111MODULE=off GOPATH=/usr/share/gocode go run main.go, with Debian's golang-github-* packages.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v4"
	_ "github.com/lib/pq"
	"github.com/segmentio/kafka-go"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"google.golang.org/grpc"
)

var every = []string{"black-hole", "refused", "reset", "reset-later", "closed", "closed-later", "silent", "unreachable",
	"nxdomain", "servfail", "unanswered"}
var full = append(append([]string{}, every...), "full")

func dialer() *net.Dialer { return &net.Dialer{Timeout: time.Second} }

func get(url string, client *http.Client) error {
	answer, err := client.Get(url)
	if err == nil {
		answer.Body.Close()
	}
	return err
}

func netDial(host string) error {
	one, err := dialer().Dial("tcp", host+":443")
	if err != nil {
		return err
	}
	one.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprint(one, "GET / HTTP/1.0\r\n\r\n")
	_, err = bufio.NewReader(one).ReadString('\n')
	return err
}

func transport() *http.Transport {
	return &http.Transport{DialContext: dialer().DialContext, TLSHandshakeTimeout: time.Second, ResponseHeaderTimeout: time.Second}
}

func httpTransport(host string) error {
	return get("http://"+host+"/", &http.Client{Transport: transport()})
}

func httpsTransport(host string) error {
	return get("https://"+host+"/", &http.Client{Transport: transport()})
}

func httpTimeout(host string) error {
	return get("http://"+host+"/", &http.Client{Timeout: time.Second})
}

func httpDeadline(host string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	asked, _ := http.NewRequestWithContext(ctx, "GET", "http://"+host+"/", nil)
	_, err := http.DefaultClient.Do(asked)
	return err
}

func database(driver, source string) func(string) error {
	return func(host string) error {
		db, err := sql.Open(driver, strings.ReplaceAll(source, "HOST", host))
		if err != nil {
			return err
		}
		return db.Ping()
	}
}

func pgxConnect(host string) error {
	_, err := pgx.Connect(context.Background(), "postgres://app:x@"+host+"/app?connect_timeout=1&sslmode=disable")
	return err
}

func kafkaDial(host string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	one, err := (&kafka.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", host+":9092")
	if err != nil {
		return err
	}
	one.SetDeadline(time.Now().Add(time.Second))
	_, err = one.ReadPartitions("orders")
	return err
}

func mongoPing(host string) error {
	client, err := mongo.Connect(context.Background(), options.Client().ApplyURI("mongodb://"+host+"/").
		SetServerSelectionTimeout(2*time.Second).SetConnectTimeout(time.Second))
	if err != nil {
		return err
	}
	return client.Ping(context.Background(), nil)
}

func grpcCall(host string) error {
	one, err := grpc.Dial(host+":443", grpc.WithInsecure())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return one.Invoke(ctx, "/example.Store/Get", &struct{}{}, &struct{}{}, grpc.ForceCodec(codec{}))
}

type codec struct{}

func (codec) Marshal(any) ([]byte, error)   { return nil, nil }
func (codec) Unmarshal([]byte, any) error   { return nil }
func (codec) Name() string                  { return "none" }

func main() {
	debian := func(name string) string { return os.Getenv("VERSION_" + strings.ReplaceAll(name, "-", "_")) }
	own := strings.TrimPrefix(runtime.Version(), "go")
	attempts := []struct {
		library, version string
		run              func(string) error
		faults           []string
	}{
		{"net", own, netDial, every},
		{"net/http", own, httpTransport, every},
		{"net/http (TLS)", own, httpsTransport, []string{"silent", "closed", "reset", "black-hole"}},
		{"net/http (Client.Timeout)", own, httpTimeout, every},
		{"net/http (context)", own, httpDeadline, []string{"black-hole", "silent"}},
		{"go-sql-driver/mysql", debian("mysql"), database("mysql", "app:x@tcp(HOST:3306)/app?timeout=1s&readTimeout=1s"), full},
		{"lib/pq", debian("pq"), database("postgres", "host=HOST user=app password=x dbname=app sslmode=disable connect_timeout=1"), full},
		{"pgx", debian("pgx"), pgxConnect, full},
		{"kafka-go", debian("kafka"), kafkaDial, every},
		{"mongo-driver", debian("mongo"), mongoPing, every},
		{"grpc-go", grpc.Version, grpcCall, every},
	}
	var wait sync.WaitGroup
	var lock sync.Mutex
	for _, one := range attempts {
		for _, fault := range one.faults {
			one, fault := one, fault
			wait.Add(1)
			go func() {
				defer wait.Done()
				done := make(chan error, 1)
				go func() { done <- one.run(fault + ".example.test") }()
				var err error
				select {
				case err = <-done:
				case <-time.After(20 * time.Second):
				}
				if err == nil {
					return
				}
				row, _ := json.Marshal(map[string]string{"library": one.library, "version": one.version,
					"runtime": "Go " + own, "fault": fault, "printed": err.Error()})
				lock.Lock()
				fmt.Println(string(row))
				lock.Unlock()
			}()
		}
	}
	wait.Wait()
}
