//! The settings of the applications that come with the crate.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use switchlab_dns::DnsName;

/// The settings of an HTTP/1.1 server.
///
/// It answers every request, whatever its method and target, with the same status and body; requests
/// for [`health_path`](Self::health_path) alone are answered on their own terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpServerConfig {
    /// The TCP port; 80 by default, never 0.
    pub port: u16,
    /// The status of the answers: 200 to 599, 200 by default.
    pub status: u16,
    /// The body of the answers; empty by default. With status 204 or 304 none is sent.
    pub body: Bytes,
    /// The value of `Content-Type`; `text/plain` by default, and left out where there is no body.
    pub content_type: String,
    /// Further fields of the answers, in their order. `Connection`, `Content-Length` and
    /// `Transfer-Encoding` follow from other settings and are not to be given.
    pub headers: Vec<(String, String)>,
    /// How long an answer takes from the end of its request; no time by default. Requests of one
    /// connection are answered one after the other.
    pub delay: Duration,
    /// The path, without query, that is answered with [`health_status`](Self::health_status), an
    /// empty body and no delay; `None`, the default, serves every path alike.
    pub health_path: Option<String>,
    /// The status of answers to requests for `health_path`: 200 to 599, 200 by default.
    pub health_status: u16,
}

impl Default for HttpServerConfig {
    fn default() -> Self {
        Self {
            port: 80,
            status: 200,
            body: Bytes::new(),
            content_type: "text/plain".to_owned(),
            headers: Vec::new(),
            delay: Duration::ZERO,
            health_path: None,
            health_status: 200,
        }
    }
}

/// The URL that a client asks for, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl {
    /// The URL as a whole, for reports.
    pub text: Arc<str>,
    /// Where its host is.
    pub servers: UrlServers,
    /// The value of `Host`: the authority of the URL as it stands there.
    pub host: String,
    /// The request target: path and query, beginning with `/`.
    pub target: String,
}

/// Where the host of a URL is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlServers {
    /// Addresses and port to connect to: one where the host is an address, several as a resolver would tell
    /// them of a name. At least one.
    At(Vec<SocketAddrV4>),
    /// Where [resolvers](HttpClientConfig::resolvers) say that this name is, at this port.
    Named(DnsName, u16),
}

impl HttpUrl {
    /// The URL of `target`, a path with or without query, on this server.
    ///
    /// ```
    /// use switchlab_host::HttpUrl;
    ///
    /// let url = HttpUrl::new("10.0.1.10:8080".parse().unwrap(), "/x?y");
    /// assert_eq!((&*url.text, &*url.host), ("http://10.0.1.10:8080/x?y", "10.0.1.10:8080"));
    /// let url = HttpUrl::new("10.0.1.10:80".parse().unwrap(), "/");
    /// assert_eq!(&*url.text, "http://10.0.1.10/");
    /// ```
    #[must_use]
    pub fn new(server: SocketAddrV4, target: impl Into<String>) -> Self {
        let target = target.into();
        let host = match server.port() {
            80 => server.ip().to_string(),
            _ => server.to_string(),
        };
        Self {
            text: format!("http://{host}{target}").into(),
            servers: UrlServers::At(vec![server]),
            host,
            target,
        }
    }
}

/// The settings of an HTTP/1.1 client.
///
/// With [`every`](Self::every) requests begin by the clock, whether or not others are done; without
/// it one begins when another is done, or 10 ms after another failed.
///
/// Where a URL has several addresses that are known, its first request begins with the first of them, the next with the
/// second, and so in turn: as if a resolver were asked each time that rotates its answers (RFC 1794). An
/// address that refuses the connection, cannot be reached, or does not answer within
/// [`address_timeout`](Self::address_timeout) is passed over for the next, each once, until the time of the
/// request is up. Once a connection stands no other address is tried, whatever is answered.
///
/// A request whose connection had carried another before and ended without an octet of an answer is
/// sent once more on a new one, if its method is idempotent: the server may have closed the connection
/// just then (RFC 9112 §9.3.1).
///
/// Of its counters `sent` is the requests begun, `ok` the whole answers with a status below 400,
/// `failed` all other ends, `done` both together, and `unfinished` what a stop or the end of the run
/// cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpClientConfig {
    /// What to ask for: request n asks for URL n modulo their number. At least one.
    pub urls: Vec<HttpUrl>,
    /// Whom to ask where names are, in order; nobody by default. Needed where a URL has a name.
    ///
    /// Each is asked twice at most and waited for 5 s each time, as in `resolv.conf`(5). What they say is kept
    /// for its time; each request begins with the first address, and goes on in their order.
    pub resolvers: Vec<Ipv4Addr>,
    /// How many requests there will be in all, over stops and starts; `None`, the default, for no end.
    pub count: Option<u64>,
    /// The time between the beginnings of two requests; `None`, the default, to begin one as soon as
    /// [`concurrency`](Self::concurrency) lets it. Zero begins all of a count at one instant.
    pub every: Option<Duration>,
    /// How many requests may be under way at once, at least 1; `None`, the default, is 1 without
    /// `every` and no limit with it. A request that is due but may not begin yet waits.
    pub concurrency: Option<usize>,
    /// When the first request begins, counted from the start of the application; zero by default.
    pub start: Duration,
    /// Whether connections are used again; by default each request has its own and says
    /// `Connection: close`.
    pub keep_alive: bool,
    /// Whether cookies are kept and sent, as RFC 6265 has it; by default they are not. A stop
    /// forgets them.
    pub cookies: bool,
    /// How long a request may take, connecting included; 5 s by default.
    pub timeout: Duration,
    /// How long a connection to one of several addresses may take before the next is tried; 250 ms by
    /// default, the delay that RFC 8305 §5 recommends. (There the attempt before goes on beside the next.)
    pub address_timeout: Duration,
    /// The method; `GET` by default.
    pub method: String,
    /// Header fields to send besides `Host` and those of the body, as name and value.
    pub headers: Vec<(String, String)>,
    /// The body of the requests; empty by default, and announced by `Content-Length` if it is not.
    pub body: Bytes,
}

impl HttpClientConfig {
    /// A client that asks for one URL, over and over.
    #[must_use]
    pub fn new(url: HttpUrl) -> Self {
        Self {
            urls: vec![url],
            ..Self::default()
        }
    }
}

impl Default for HttpClientConfig {
    /// Everything by default, and no URL yet.
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            resolvers: Vec::new(),
            count: None,
            every: None,
            concurrency: None,
            start: Duration::ZERO,
            keep_alive: false,
            cookies: false,
            timeout: Duration::from_secs(5),
            address_timeout: Duration::from_millis(250),
            method: "GET".to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }
}

/// The settings of a ping: ICMP echo requests (RFC 792) at equal intervals.
///
/// Every request ends as answered or as lost. Lost is what was not answered in time, what was under
/// way when the application stopped or the run ended, what no route led to, and what was under way
/// when 65 536 more had been sent, since sequence numbers begin again then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PingConfig {
    /// Who is asked.
    pub target: Ipv4Addr,
    /// How many requests there will be in all, over stops and starts; `None`, the default, for no end.
    pub count: Option<u64>,
    /// The time between two requests; 1 s by default, never zero.
    pub every: Duration,
    /// How long an answer may take; 1 s by default.
    pub timeout: Duration,
    /// Octets of data behind the ICMP header; 56 by default, at most what fits into one packet.
    pub size: usize,
    /// When the first request is sent, counted from the start of the application; zero by default.
    pub start: Duration,
}

impl PingConfig {
    /// Asks this machine once a second.
    #[must_use]
    pub const fn new(target: Ipv4Addr) -> Self {
        Self {
            target,
            count: None,
            every: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            size: 56,
            start: Duration::ZERO,
        }
    }
}

/// The settings of a UDP echo service (RFC 862).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UdpEchoConfig {
    /// The UDP port; 7 by default, never 0.
    pub port: u16,
}

impl Default for UdpEchoConfig {
    fn default() -> Self {
        Self { port: 7 }
    }
}

/// The settings of a UDP discard service (RFC 863).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UdpSinkConfig {
    /// The UDP port; 9 by default, never 0.
    pub port: u16,
}

impl Default for UdpSinkConfig {
    fn default() -> Self {
        Self { port: 9 }
    }
}

/// The settings of a source of datagrams.
///
/// Each begins with its number, 64 bits from the highest, as far as there is room. Of its counters
/// `sent` is the datagrams that could leave, and `received` those that came from the target: like a
/// connected socket, it does not listen to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UdpSourceConfig {
    /// Where the datagrams go.
    pub target: SocketAddrV4,
    /// The local UDP port; `None`, the default, takes the first that is free from 49152 up, when the
    /// first datagram is sent.
    pub port: Option<u16>,
    /// How many datagrams there will be in all, over stops and starts; `None`, the default, for no end.
    pub count: Option<u64>,
    /// The time between two datagrams; 1 s by default, never zero.
    pub every: Duration,
    /// Octets of payload; 64 by default, at most what fits into one packet.
    pub size: usize,
    /// When the first datagram is sent, counted from the start of the application; zero by default.
    pub start: Duration,
}

impl UdpSourceConfig {
    /// Sends a datagram a second there.
    #[must_use]
    pub const fn new(target: SocketAddrV4) -> Self {
        Self {
            target,
            port: None,
            count: None,
            every: Duration::from_secs(1),
            size: 64,
            start: Duration::ZERO,
        }
    }
}
