//! A hundred thousand requests through the L7 switch: all are reported, and memory does not grow beyond the records.

mod memory;

use switchlab::scenario::{Report, lab_from_toml};

/// What a record may take, in octets, all that the run keeps for it included.
const MOST_PER_REQUEST: u64 = 200;

fn run(requests: u64) -> Report {
    let lab = format!(
        r#"
        [node.client]
        kind = "host"
        address = "10.0.1.2/24"
        app = [{{ http_client = {{ url = "http://10.0.1.10/", count = {requests}, concurrency = 4 }} }}]
        [node.alb]
        kind = "l7-switch"
        address = "10.0.1.10/24"
        listener = [{{ port = 80, default = {{ forward = "web" }} }}]
        [node.alb.target_group.web]
        targets = ["10.0.1.11:80", "10.0.1.12:80"]
        [node.web-a]
        kind = "host"
        address = "10.0.1.11/24"
        app = [{{ http_server = {{ body = "a" }} }}]
        [node.web-b]
        kind = "host"
        address = "10.0.1.12/24"
        app = [{{ http_server = {{ body = "b" }} }}]
        [node.sw]
        kind = "l2-switch"
        ports = 4
        [[link]]
        between = ["client", "sw:0"]
        delay = "500 us"
        [[link]]
        between = ["alb", "sw:1"]
        [[link]]
        between = ["web-a", "sw:2"]
        [[link]]
        between = ["web-b", "sw:3"]
        "#
    );
    let scenario = lab_from_toml(&lab, "soak.toml", None).expect("a sound lab");
    scenario.run(&mut ()).expect("the run ends")
}

#[test]
fn a_hundred_thousand_requests_are_all_reported_in_memory_that_stays_flat() {
    const FEW: u64 = 20_000;
    const MANY: u64 = 100_000;
    drop(run(FEW));
    let (report, grown) = memory::growth(|| run(MANY));
    let requests = &report.record.requests;
    assert_eq!(requests.len() as u64, MANY, "all are reported");
    let answered = requests
        .iter()
        .filter(|request| request.status == Some(200));
    assert_eq!(answered.count() as u64, MANY, "and answered");
    if let Some(grown) = grown {
        let each = grown / (MANY - FEW);
        assert!(
            each <= MOST_PER_REQUEST,
            "{each} octets a request beyond the first {FEW}"
        );
    }
}
