//! The program as its users meet it: started with arguments, judged by what it prints, what it writes
//! and what it ends with.

mod account;
mod algorithms;
mod capture;
mod check;
mod determinism;
mod drill;
mod help;
mod import;
mod outputs;
mod replay;
mod route;
mod run;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder of its own, in which the program is started.
struct Workplace(TempDir);

impl Workplace {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a place for temporary files"))
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, octets: impl AsRef<[u8]>) {
        fs::write(self.path(file), octets).expect("the folder takes files");
    }

    fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.path(file)).expect("the program wrote it")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchlab"));
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output();
        Ended::new(output.expect("the program starts"))
    }
}

/// What the program left behind.
#[derive(Debug)]
struct Ended {
    status: i32,
    out: String,
    complaint: String,
}

impl Ended {
    fn new(output: Output) -> Self {
        Self {
            status: output.status.code().expect("no signal ended it"),
            out: String::from_utf8(output.stdout).expect("reports are UTF-8"),
            complaint: String::from_utf8(output.stderr).expect("complaints are UTF-8"),
        }
    }

    /// What a good run printed.
    #[track_caller]
    fn good(self) -> String {
        assert_eq!(self.status, 0, "{}{}", self.out, self.complaint);
        assert_eq!(self.complaint, "", "a good run has nothing to complain of");
        self.out
    }

    /// What a run complained of that ended with this status, before it printed anything.
    #[track_caller]
    fn bad(self, status: i32) -> String {
        assert_eq!(self.status, status, "{}{}", self.out, self.complaint);
        assert_eq!(self.out, "");
        self.complaint
    }
}

/// Two servers behind a load balancer; `web-b` is stopped at 2 s and started at 6 s.
const LAB: &str = r#"
seed = 7

[node.client]
kind = "host"
address = "10.0.1.2/24"
app = [{ http_client = { url = "http://10.0.1.10/", every = "250 ms", count = 40 } }]

[node.web-a]
kind = "host"
address = "10.0.1.11/24"
app = [{ http_server = { port = 80, body = "hello from A" } }]

[node.web-b]
kind = "host"
address = "10.0.1.12/24"
app = [{ http_server = { port = 80, body = "hello from B" } }]

[node.sw]
kind = "l2-switch"
ports = 4

[node.alb]
kind = "l7-switch"
address = "10.0.1.10/24"

[[node.alb.listener]]
port = 80
default = { forward = "web" }

[node.alb.target_group.web]
targets = ["10.0.1.11:80", "10.0.1.12:80"]
health_check = { path = "/", interval = "1 s", timeout = "500 ms", healthy = 2, unhealthy = 2 }

[[link]]
between = ["client:0", "sw:0"]

[[link]]
between = ["web-a:0", "sw:1"]

[[link]]
between = ["web-b:0", "sw:2"]

[[link]]
between = ["alb:0", "sw:3"]

[[at]]
time = "2 s"
stop = "web-b"

[[at]]
time = "6 s"
start = "web-b"

[[expect]]
that = "client.http_client.done == 40"

[[expect]]
that = "client.http_client.failed == 0"
before = "2 s"

[[expect]]
that = "client.http_client.failed >= 1"
after = "2 s"
before = "4 s"
"#;
