//! Why a flow may be silent for just so long, and who makes room for whom.

use std::time::Duration;

use crate::Timeouts;

/// Why a flow may be silent for just so long. Flows of one kind are forgotten in the order in which
/// they were heard last.
///
/// The order is that in which flows make room in a full table; see [`MAY_MAKE_ROOM`](Self::MAY_MAKE_ROOM).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Idle {
    TcpClosed,
    TcpTimeWait,
    TcpLastAck,
    TcpSynSent,
    TcpSynReceived,
    Icmp,
    Udp,
    Other,
    TcpCloseWait,
    TcpFinWait,
    UdpStream,
    TcpUnacknowledged,
    TcpEstablished,
}

impl Idle {
    pub(crate) const ALL: [Self; 13] = [
        Self::TcpClosed,
        Self::TcpTimeWait,
        Self::TcpLastAck,
        Self::TcpSynSent,
        Self::TcpSynReceived,
        Self::Icmp,
        Self::Udp,
        Self::Other,
        Self::TcpCloseWait,
        Self::TcpFinWait,
        Self::UdpStream,
        Self::TcpUnacknowledged,
        Self::TcpEstablished,
    ];

    /// Kinds of flows that are over or never came to be. The others carry traffic that goes both ways
    /// and are never given up for a newcomer.
    pub(crate) const MAY_MAKE_ROOM: &'static [Self] = Self::ALL.split_at(8).0;

    /// Whether IPVS would count such a flow as active: a connection from its SYN on until it is closed from one end.
    pub(crate) const fn is_active(self) -> bool {
        matches!(
            self,
            Self::TcpSynSent
                | Self::TcpSynReceived
                | Self::TcpUnacknowledged
                | Self::TcpEstablished
        )
    }

    /// How long a flow of this kind may be silent.
    pub(crate) const fn limit(self, timeouts: &Timeouts) -> Duration {
        match self {
            Self::TcpClosed => timeouts.tcp_close,
            Self::TcpTimeWait => timeouts.tcp_time_wait,
            Self::TcpLastAck => Duration::from_secs(30),
            Self::TcpSynSent => timeouts.tcp_syn_sent,
            Self::TcpSynReceived | Self::TcpCloseWait => Duration::from_secs(60),
            Self::Icmp => timeouts.icmp,
            Self::Udp => timeouts.udp,
            Self::Other => Duration::from_secs(600),
            Self::TcpFinWait => timeouts.tcp_fin_wait,
            Self::UdpStream => timeouts.udp_stream,
            Self::TcpUnacknowledged => shorter(timeouts.tcp_established, Duration::from_secs(300)),
            Self::TcpEstablished => timeouts.tcp_established,
        }
    }
}

const fn shorter(one: Duration, other: Duration) -> Duration {
    if one.as_nanos() < other.as_nanos() {
        one
    } else {
        other
    }
}
