//! Why a flow may be silent for just so long, and who makes room for whom.

use std::time::Duration;

use crate::Timeouts;

/// Why a flow may be silent for just so long. Flows of one kind are forgotten in the order in which
/// they were heard last.
///
/// In a full table those that are [over](Self::OVER) make room first, then those that are
/// [embryonic](Self::EMBRYONIC), and no others.
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
    TcpPickedUp,
    TcpCloseWait,
    TcpFinWait,
    UdpStream,
    TcpUnacknowledged,
    TcpEstablished,
}

impl Idle {
    pub(crate) const ALL: [Self; 14] = [
        Self::TcpClosed,
        Self::TcpTimeWait,
        Self::TcpLastAck,
        Self::TcpSynSent,
        Self::TcpSynReceived,
        Self::Icmp,
        Self::Udp,
        Self::Other,
        Self::TcpPickedUp,
        Self::TcpCloseWait,
        Self::TcpFinWait,
        Self::UdpStream,
        Self::TcpUnacknowledged,
        Self::TcpEstablished,
    ];

    /// Kinds of flows that are over.
    pub(crate) const OVER: &'static [Self] = Self::ALL.split_at(3).0;

    /// Kinds of flows that nobody has answered yet, or whose first packets have not gone both ways. All that are left
    /// carry traffic that goes both ways, and are never given up for a newcomer.
    pub(crate) const EMBRYONIC: &'static [Self] = Self::ALL.split_at(9).0.split_at(3).1;

    /// Whether IPVS would count such a flow as active: a connection from its SYN on until it is closed from one end.
    pub(crate) const fn is_active(self) -> bool {
        matches!(
            self,
            Self::TcpSynSent
                | Self::TcpSynReceived
                | Self::TcpPickedUp
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
            Self::TcpPickedUp | Self::TcpUnacknowledged => {
                shorter(timeouts.tcp_established, timeouts.tcp_unacknowledged)
            }
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
