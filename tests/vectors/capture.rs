//! The frames of a recording.

use switchlab::capture::Reader;

/// A frame that entered or left a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Nanoseconds since the device was switched on.
    pub(crate) at: u64,
    pub(crate) port: u16,
    pub(crate) octets: Vec<u8>,
}

/// All frames of a capture whose interfaces are named `p<port>`.
pub(crate) fn frames(file: &[u8]) -> Vec<Seen> {
    let mut reader = Reader::new(file).expect("recordings are pcapng");
    let mut frames = Vec::new();
    while let Some(captured) = reader.next() {
        let captured = captured.expect("recordings are whole");
        assert!(!captured.is_cut_short(), "recorded frames are whole");
        let name = reader.interfaces()[captured.interface.index()]
            .name
            .as_deref();
        let port = name
            .and_then(|name| name.strip_prefix('p'))
            .and_then(|port| port.parse().ok());
        frames.push(Seen {
            at: captured.at.as_nanos(),
            port: port.expect("interfaces are named p<port>"),
            octets: captured.octets.to_vec(),
        });
    }
    frames
}
