//! Many connections at one instant.

use std::fmt::Write as _;

use crate::run;

/// Clients that each begin some requests at one instant, through a balancer to two servers.
fn crowd(clients: u32, requests: u32) -> String {
    let mut lab = format!(
        "
        [node.sw]
        kind = \"l2-switch\"
        ports = {ports}
        [node.alb]
        kind = \"l7-switch\"
        address = \"10.0.0.1/16\"
        [[node.alb.listener]]
        port = 80
        default = {{ forward = \"web\" }}
        [node.alb.target_group.web]
        targets = [\"10.0.0.2:80\", \"10.0.0.3:80\"]
        [[link]]
        between = [\"alb\", \"sw:0\"]
        ",
        ports = clients + 3
    );
    for server in [2, 3] {
        let _ = write!(
            lab,
            "
            [node.web-{server}]
            kind = \"host\"
            address = \"10.0.0.{server}/16\"
            app = [{{ http_server = {{ body = \"hello\" }} }}]
            [[link]]
            between = [\"web-{server}\", \"sw:{port}\"]
            ",
            port = server - 1
        );
    }
    for client in 0..clients {
        let _ = write!(
            lab,
            "
            [node.client-{client}]
            kind = \"host\"
            address = \"10.0.{net}.{host}/16\"
            app = [{{ http_client = {{ url = \"http://10.0.0.1/\", every = \"0 s\", count = {requests}, start = \"1 s\" }} }}]
            [[link]]
            between = [\"client-{client}\", \"sw:{port}\"]
            ",
            net = 1 + client / 200,
            host = 1 + client % 200,
            port = client + 3
        );
    }
    lab
}

#[test]
fn a_burst_of_256_new_connections_loses_none() {
    for (clients, requests) in [(1, 256), (16, 16), (256, 1)] {
        let report = run(&crowd(clients, requests));
        let all = &report.record.requests;
        assert_eq!(all.len(), 256, "{clients} clients: every request is told");
        let failed = all.iter().filter(|request| request.has_failed()).count();
        assert_eq!(failed, 0, "{clients} clients with {requests} each");
        let first = all.iter().map(|request| request.sent).min();
        let last = all.iter().map(|request| request.sent).max();
        assert_eq!(first, last, "{clients} clients: all at one instant");
    }
}
