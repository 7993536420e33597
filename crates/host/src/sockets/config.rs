//! What an owner of sockets may choose: buffers, limits, patience, congestion control.

use std::time::Duration;

/// How a sender finds out how much the network bears.
///
/// Set on every socket, so that it never depends on which features some crate of a build switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum CongestionControl {
    /// No congestion window: the receiver's window alone limits the sender. For experiments.
    Off,
    /// Slow start, congestion avoidance, fast retransmit (RFC 5681).
    Reno,
    /// As Linux, Windows and macOS do it (RFC 9438).
    #[default]
    Cubic,
}

impl CongestionControl {
    /// The name in tables and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Reno => "reno",
            Self::Cubic => "cubic",
        }
    }
}

/// The settings of [`Sockets`](crate::Sockets).
///
/// ```
/// use switchlab_host::SocketsConfig;
///
/// let proxy = SocketsConfig { send_buffer: 8 << 10, receive_buffer: 8 << 10, ..SocketsConfig::default() };
/// assert!(proxy.half_open_limit > 256);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketsConfig {
    /// Octets a connection holds that the peer has not acknowledged yet: 1 octet to 1 GiB, 64 KiB by
    /// default. What is set outside is taken as the nearest end.
    ///
    /// 8 KiB do for proxied requests, 256 KiB for one bulk flow. A buffer is all in memory while
    /// its connection lives, and neither grows nor shrinks.
    pub send_buffer: usize,
    /// Octets a connection holds that the owner has not read yet: 1 octet to 1 GiB, 64 KiB by default.
    ///
    /// The receive window and its scale (RFC 7323) follow from it.
    pub receive_buffer: usize,
    /// The longest IP packet that leaves, in octets: 576 to 65 535, 1500 by default.
    ///
    /// The MSS follows from it. There is no path MTU discovery: a router that may not cut a packet
    /// and cannot pass it on ends the flow's progress.
    pub mtu: usize,
    /// How to share the network with others; Cubic by default.
    pub congestion_control: CongestionControl,
    /// How long an acknowledgment may wait for data to ride on (RFC 9293 §3.8.6.3, at most 500 ms);
    /// `None`, the default, acknowledges every segment at once. With a delay every second full
    /// segment is acknowledged, which makes bulk flows about a quarter cheaper to simulate.
    pub acknowledgment_delay: Option<Duration>,
    /// How long a connection may take to be opened, on either side; 75 s by default, as in BSD.
    ///
    /// RFC 9293 §3.8.3 asks for three minutes; nobody waits that long in a lab.
    pub connect_timeout: Duration,
    /// How long the peer may leave data, or a FIN, unacknowledged without sending anything;
    /// 100 s by default, the least that RFC 9293 §3.8.3 allows.
    pub user_timeout: Duration,
    /// How many connections may be half open, a SYN having come and the handshake not being done;
    /// 4096 by default. A SYN beyond it is dropped as `l4.half-open-full` and will be repeated.
    pub half_open_limit: usize,
    /// How many connections there may be, in either direction; 65 536 by default. A SYN beyond it
    /// is dropped as `l4.connections-full`.
    pub connection_limit: usize,
}

impl Default for SocketsConfig {
    fn default() -> Self {
        Self {
            send_buffer: 64 << 10,
            receive_buffer: 64 << 10,
            mtu: 1500,
            congestion_control: CongestionControl::default(),
            acknowledgment_delay: None,
            connect_timeout: Duration::from_secs(75),
            user_timeout: Duration::from_secs(100),
            half_open_limit: 4096,
            connection_limit: 1 << 16,
        }
    }
}

impl SocketsConfig {
    /// The settings with what lies outside its range moved to the nearest end.
    pub(super) fn within_range(mut self) -> Self {
        const BUFFER: std::ops::RangeInclusive<usize> = 1..=1 << 30;
        self.send_buffer = self.send_buffer.clamp(*BUFFER.start(), *BUFFER.end());
        self.receive_buffer = self.receive_buffer.clamp(*BUFFER.start(), *BUFFER.end());
        self.mtu = self.mtu.clamp(576, 65_535);
        self
    }
}
