//! The applications that come with the crate.
//!
//! | file | idea |
//! |---|---|
//! | `config`, `error` | their settings, and why some cannot be |
//! | `http_server` | answers requests |
//! | `http_client` | sends requests by the clock or one behind the other |
//! | `octets` | what both share: octets on their way from and to a connection |
//! | `dns_server`, `dns_resolver` | say where names are: whoever has them, and whoever asks for others |
//! | `stub` | what asks for names: part of clients and resolvers |
//! | `ping`, `udp_echo`, `udp_sink`, `udp_source` | one small service each |

mod config;
mod dns_resolver;
mod dns_server;
mod error;
mod http_client;
mod http_server;
mod octets;
mod ping;
mod stub;
mod udp_echo;
mod udp_sink;
mod udp_source;

pub use config::{
    HttpClientConfig, HttpServerConfig, HttpUrl, PingConfig, UdpEchoConfig, UdpSinkConfig,
    UdpSourceConfig, UrlServers,
};
pub use dns_resolver::DnsResolverConfig;
pub use dns_server::{DnsServerConfig, Geography, RecordCheck, RecordSet, Values, ZoneConfig};
pub use error::AppError;

use crate::{App, AppKind};

/// Makes an application for a host whose datagrams hold at most `longest` octets of payload.
pub(crate) fn make(kind: AppKind, longest: usize) -> Result<Box<dyn App>, AppError> {
    Ok(match kind {
        AppKind::HttpServer(config) => Box::new(http_server::HttpServer::new(config)?),
        AppKind::HttpClient(config) => Box::new(http_client::HttpClient::new(config)?),
        AppKind::Ping(config) => Box::new(ping::Ping::new(config)?),
        AppKind::UdpEcho(config) => Box::new(udp_echo::UdpEcho::new(&config)?),
        AppKind::UdpSink(config) => Box::new(udp_sink::UdpSink::new(&config)?),
        AppKind::UdpSource(config) => Box::new(udp_source::UdpSource::new(config, longest)?),
        AppKind::DnsServer(config) => Box::new(dns_server::DnsServer::new(config)?),
        AppKind::DnsResolver(config) => Box::new(dns_resolver::DnsResolver::new(config)?),
        AppKind::Own(make) => make(),
    })
}

/// The port that an application will take for itself alone: its transport and number.
pub(crate) const fn port_of(kind: &AppKind) -> Option<(&'static str, u16)> {
    match kind {
        AppKind::HttpServer(config) => Some(("TCP", config.port)),
        AppKind::UdpEcho(config) => Some(("UDP", config.port)),
        AppKind::UdpSink(config) => Some(("UDP", config.port)),
        AppKind::DnsServer(config) => Some(("UDP", config.port)),
        AppKind::DnsResolver(config) => Some(("UDP", config.port)),
        AppKind::UdpSource(UdpSourceConfig {
            port: Some(port), ..
        }) => Some(("UDP", *port)),
        _ => None,
    }
}
