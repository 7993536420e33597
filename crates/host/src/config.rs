//! What a host is made of: its name, its station and its applications.

use std::fmt;
use std::sync::Arc;

use crate::apps::{
    DnsResolverConfig, DnsServerConfig, HttpClientConfig, HttpServerConfig, PingConfig,
    UdpEchoConfig, UdpSinkConfig, UdpSourceConfig,
};
use crate::{App, StationConfig};

/// The settings of a [`Host`](crate::Host).
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// The host's name in its lab. Sequence numbers and local ports are drawn by it, see
    /// [`seed`](Self::seed).
    pub name: Arc<str>,
    /// Interfaces, gateway and sockets.
    pub station: StationConfig,
    /// The applications, in the order in which they are started; none by default.
    pub apps: Vec<AppConfig>,
    /// The seed of the lab. A host draws from the stream of this seed and its own name, so no other
    /// host changes its draws.
    pub seed: u64,
}

impl HostConfig {
    /// A host without applications, drawing from seed 0.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, station: StationConfig) -> Self {
        Self {
            name: name.into(),
            station,
            apps: Vec::new(),
            seed: 0,
        }
    }

    /// The same host with one more application.
    #[must_use]
    pub fn with_app(mut self, app: AppConfig) -> Self {
        self.apps.push(app);
        self
    }
}

/// One application of a host.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// The application's name, which no other of the host has; counters and events carry it.
    pub name: Arc<str>,
    /// What it is.
    pub kind: AppKind,
}

impl AppConfig {
    /// An application that is named as its kind is.
    #[must_use]
    pub fn new(kind: impl Into<AppKind>) -> Self {
        let kind = kind.into();
        Self {
            name: kind.name().into(),
            kind,
        }
    }

    /// The same application under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }
}

/// The kinds of applications.
#[derive(Clone)]
#[non_exhaustive]
pub enum AppKind {
    /// An HTTP/1.1 server. Counters: `served`, `health`, `refused`; `port_taken`, how often it began and
    /// an application of the user's own had its port already, so that nobody hears of it.
    HttpServer(HttpServerConfig),
    /// An HTTP/1.1 client. Counters: `sent`, `done`, `ok`, `failed`, `unfinished`.
    HttpClient(HttpClientConfig),
    /// Asks a machine for ICMP echoes. Counters: `sent`, `answered`, `lost`.
    Ping(PingConfig),
    /// Sends every datagram back to where it came from. Counters: `echoed`, and `port_taken` as above.
    UdpEcho(UdpEchoConfig),
    /// Takes every datagram and sends nothing back. Counters: `octets` of payload, `received`, and `port_taken`
    /// as above.
    UdpSink(UdpSinkConfig),
    /// Sends datagrams and counts what comes back. Counters: `sent`, `received`.
    UdpSource(UdpSourceConfig),
    /// Says where names are, being whoever has them. Counters: `queries`, and of those `answered` (with
    /// records), `nodata`, `nxdomain`, `refused`, `malformed`; `port_taken` as above.
    DnsServer(DnsServerConfig),
    /// Says where names are by asking others. Counters: `queries`, and of those `hits` (known already),
    /// `malformed` and `failed`; `asked`, how often a server had to be asked; `port_taken` as above.
    DnsResolver(DnsResolverConfig),
    /// An application of the user's own, made when its host is made.
    Own(Arc<dyn Fn() -> Box<dyn App> + Send + Sync>),
}

impl AppKind {
    /// An application of the user's own, made by `make` when its host is made.
    #[must_use]
    pub fn own<A: App + 'static>(make: impl Fn() -> A + Send + Sync + 'static) -> Self {
        Self::Own(Arc::new(move || Box::new(make())))
    }

    /// The kind's name, which is an application's own if it is given none.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::HttpServer(_) => "http_server",
            Self::HttpClient(_) => "http_client",
            Self::Ping(_) => "ping",
            Self::UdpEcho(_) => "udp_echo",
            Self::UdpSink(_) => "udp_sink",
            Self::UdpSource(_) => "udp_source",
            Self::DnsServer(_) => "dns_server",
            Self::DnsResolver(_) => "dns_resolver",
            Self::Own(_) => "own",
        }
    }
}

impl fmt::Debug for AppKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HttpServer(config) => config.fmt(f),
            Self::HttpClient(config) => config.fmt(f),
            Self::Ping(config) => config.fmt(f),
            Self::UdpEcho(config) => config.fmt(f),
            Self::UdpSink(config) => config.fmt(f),
            Self::UdpSource(config) => config.fmt(f),
            Self::DnsServer(config) => config.fmt(f),
            Self::DnsResolver(config) => config.fmt(f),
            Self::Own(_) => f.write_str("Own(..)"),
        }
    }
}

impl From<HttpServerConfig> for AppKind {
    fn from(config: HttpServerConfig) -> Self {
        Self::HttpServer(config)
    }
}

impl From<HttpClientConfig> for AppKind {
    fn from(config: HttpClientConfig) -> Self {
        Self::HttpClient(config)
    }
}

impl From<PingConfig> for AppKind {
    fn from(config: PingConfig) -> Self {
        Self::Ping(config)
    }
}

impl From<UdpEchoConfig> for AppKind {
    fn from(config: UdpEchoConfig) -> Self {
        Self::UdpEcho(config)
    }
}

impl From<UdpSinkConfig> for AppKind {
    fn from(config: UdpSinkConfig) -> Self {
        Self::UdpSink(config)
    }
}

impl From<UdpSourceConfig> for AppKind {
    fn from(config: UdpSourceConfig) -> Self {
        Self::UdpSource(config)
    }
}

impl From<DnsServerConfig> for AppKind {
    fn from(config: DnsServerConfig) -> Self {
        Self::DnsServer(config)
    }
}

impl From<DnsResolverConfig> for AppKind {
    fn from(config: DnsResolverConfig) -> Self {
        Self::DnsResolver(config)
    }
}
