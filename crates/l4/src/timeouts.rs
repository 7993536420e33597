//! How long a flow may be silent before it is forgotten.

use std::time::Duration;

/// How long flows may be silent, by protocol and state.
///
/// The defaults are those of Linux connection tracking. RFC 5382 REQ-5 asks for at least 2 h 4 min
/// for established TCP connections, RFC 4787 REQ-5 for at least 2 min for UDP, which the default
/// for one-way datagrams deliberately does not keep, as Linux does not.
///
/// What has no setting: TCP whose SYN was answered and TCP of which one FIN was acknowledged 60 s, TCP with
/// FINs from both ends of which one was acknowledged 30 s, other protocols 600 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// UDP that was never answered, or has not lived for 2 s yet (default 30 s).
    pub udp: Duration,
    /// UDP that goes both ways (default 120 s).
    pub udp_stream: Duration,
    /// ICMP queries (default 30 s).
    pub icmp: Duration,
    /// TCP whose SYN was not answered (default 120 s).
    pub tcp_syn_sent: Duration,
    /// TCP connections (default 432 000 s, that is five days).
    pub tcp_established: Duration,
    /// TCP with unacknowledged data, with a closed window or picked up in mid-stream (default 300 s); never longer
    /// than `tcp_established`.
    pub tcp_unacknowledged: Duration,
    /// TCP with a FIN from one end (default 120 s).
    pub tcp_fin_wait: Duration,
    /// TCP with acknowledged FINs from both ends (default 120 s).
    pub tcp_time_wait: Duration,
    /// TCP that was reset (default 10 s).
    pub tcp_close: Duration,
}

impl Timeouts {
    /// Those of a Network Load Balancer: 350 s for TCP, 120 s for UDP; ELB, NLB *User Guide*, "Connection idle
    /// timeout". What opens or closes has the default.
    #[must_use]
    pub fn nlb() -> Self {
        let (tcp, udp) = (Duration::from_secs(350), Duration::from_secs(120));
        Self {
            udp,
            udp_stream: udp,
            tcp_established: tcp,
            tcp_unacknowledged: tcp,
            ..Self::default()
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            udp: Duration::from_secs(30),
            udp_stream: Duration::from_secs(120),
            icmp: Duration::from_secs(30),
            tcp_syn_sent: Duration::from_secs(120),
            tcp_established: Duration::from_secs(432_000),
            tcp_unacknowledged: Duration::from_secs(300),
            tcp_fin_wait: Duration::from_secs(120),
            tcp_time_wait: Duration::from_secs(120),
            tcp_close: Duration::from_secs(10),
        }
    }
}
