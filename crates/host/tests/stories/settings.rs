//! Settings that cannot be, and what is said of them.

use switchlab_host::{HostError, HttpServerConfig, UdpEchoConfig, UdpSourceConfig};

use super::*;

fn client(change: impl FnOnce(&mut HttpClientConfig)) -> AppConfig {
    let mut config = asks(1);
    change(&mut config);
    AppConfig::new(config)
}

fn server(change: impl FnOnce(&mut HttpServerConfig)) -> AppConfig {
    let mut config = HttpServerConfig::default();
    change(&mut config);
    AppConfig::new(config)
}

/// What a host says of its applications.
#[track_caller]
fn complaint(apps: Vec<AppConfig>) -> String {
    let mut config = host("client", CLIENT);
    config.apps = apps;
    let refused: Option<HostError> = Host::new(config).err();
    refused.expect("it cannot be").to_string()
}

#[test]
fn an_application_that_cannot_be_says_why() {
    let field = |name: &str, value: &str| {
        let field = (name.to_owned(), value.to_owned());
        client(|config| config.headers.push(field))
    };
    #[rustfmt::skip]
    let rows = [
        (client(|config| config.urls.clear()),              "there is no URL"),
        (client(|config| config.urls = vec![url("no slash")]), "`GET no slash` is no request"),
        (client(|config| config.method = "G T".to_owned()), "the method is not a token"),
        (client(|config| config.concurrency = Some(0)),     "1 or more would be right"),
        (client(|config| (config.count, config.every) = (None, Some(Duration::ZERO))), "never let time pass"),
        (field("Content-Length", "5"),                      "Content-Length is not to be given"),
        (field("X", "a\r\nb"),                              "holds a control character"),
        (server(|config| config.port = 0),                  "port 0 is no port"),
        (server(|config| config.status = 100),              "200 to 599 would be right"),
        (server(|config| config.health_status = 600),       "200 to 599 would be right"),
    ];
    for (app, expected) in rows {
        let kind = app.name.to_string();
        let said = complaint(vec![app]);
        assert!(said.contains(expected), "{said:?} says {expected:?}");
        assert!(said.contains(&kind), "{said:?} says where");
    }
}

#[test]
fn names_and_ports_are_one_application_s_alone() {
    let twice = complaint(vec![server(|_| ()), server(|config| config.port = 81)]);
    assert!(
        twice.contains("two applications are named \"http_server\""),
        "{twice}"
    );
    let tcp = complaint(vec![server(|_| ()), server(|_| ()).named("other")]);
    assert!(
        tcp.contains("TCP port 80 is taken by application \"http_server\""),
        "{tcp}"
    );
    let source = UdpSourceConfig {
        port: Some(7),
        ..UdpSourceConfig::new("10.0.0.2:9".parse().unwrap())
    };
    let echo = AppConfig::new(UdpEchoConfig::default());
    let udp = complaint(vec![echo, AppConfig::new(source)]);
    assert!(
        udp.contains("UDP port 7 is taken by application \"udp_echo\""),
        "{udp}"
    );
}
