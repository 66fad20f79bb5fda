// Rust's libraries, each at every fault that it can meet; prints a JSON line for each.
// Built with Debian's librust-*-dev packages as the source of crates: reqwest, tokio-postgres, ureq, tokio.
use std::time::Duration;

const EVERY: [&str; 11] = [
    "black-hole", "refused", "reset", "reset-later", "closed", "closed-later", "silent", "unreachable", "nxdomain",
    "servfail", "unanswered",
];

fn row(library: &str, version: &str, fault: &str, how: &str, printed: String) {
    let quoted = printed.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    println!(
        "{{\"library\": \"{library}\", \"version\": \"{version}\", \"runtime\": \"Rust\", \"fault\": \"{fault}\", \"how\": \"{how}\", \"printed\": \"{quoted}\"}}"
    );
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        text = format!("{text}: {one}");
        cause = one.source();
    }
    text
}

#[tokio::main]
async fn main() {
    for fault in EVERY {
        let host = format!("{fault}.example.test");
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(1))
            .timeout(Duration::from_millis(2500))
            .build()
            .unwrap();
        if let Err(error) = client.get(format!("http://{host}/")).send().await {
            row("reqwest", "0.11.13", fault, "chain", chain(&error));
            row("reqwest", "0.11.13", fault, "debug", format!("{error:?}"));
        }
        let agent = ureq::AgentBuilder::new().timeout_connect(Duration::from_secs(1)).timeout_read(Duration::from_secs(1)).build();
        if let Err(error) = agent.get(&format!("http://{host}/")).call() {
            row("ureq", "2.6.2", fault, "display", error.to_string());
        }
    }
    for fault in EVERY.iter().chain(["full"].iter()) {
        let settings = format!("host={fault}.example.test user=app password=x dbname=app connect_timeout=1");
        let asked = tokio_postgres::connect(&settings, tokio_postgres::NoTls);
        if let Ok(Err(error)) = tokio::time::timeout(Duration::from_secs(4), asked).await {
            row("tokio-postgres", "0.7.7", fault, "chain", chain(&error));
            row("tokio-postgres", "0.7.7", fault, "debug", format!("{error:?}"));
        }
    }
}
