//! Which interface of a capture is which port of the device.

use switchlab_capture::{Interface, LinkType};
use switchlab_core::PortId;

use crate::ReplayError;

/// The port that an interface stands for: `n` if its name is `p<n>`, else its place in its section.
///
/// # Errors
/// [`ReplayError::NoSuchPort`] if the device has no such port.
pub(crate) fn port_of(interface: &Interface, ports: u16) -> Result<PortId, ReplayError> {
    let named = interface.name.as_deref().and_then(number_in_name);
    let number = named.unwrap_or(u64::from(interface.position));
    u16::try_from(number)
        .ok()
        .filter(|number| *number < ports)
        .map(PortId::new)
        .ok_or_else(|| ReplayError::NoSuchPort {
            interface: interface.to_string(),
            port: number,
            ports,
        })
}

/// # Errors
/// [`ReplayError::LinkType`] unless the interface carries Ethernet frames.
pub(crate) fn check_link_type(interface: &Interface) -> Result<(), ReplayError> {
    if interface.link_type == LinkType::ETHERNET {
        Ok(())
    } else {
        Err(ReplayError::LinkType {
            interface: interface.to_string(),
            link_type: interface.link_type,
        })
    }
}

/// The name of a port's interface in a capture of what a device sent.
pub(crate) fn name_of(port: u16) -> String {
    format!("p{port}")
}

fn number_in_name(name: &str) -> Option<u64> {
    let digits = name.strip_prefix('p')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    // A number too large for its type is larger than any port's as well.
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_before_places() {
        #[rustfmt::skip]
        let rows = [
            // name          place  port      because
            (Some("p2"),     0,     Some(2),  "p<n> is port n"),
            (Some("p003"),   0,     Some(3),  "however it is written"),
            (None,           1,     Some(1),  "without a name the place counts"),
            (Some("eth7"),   1,     Some(1),  "and with any other name"),
            (Some("p"),      1,     Some(1),  "a letter alone is no number"),
            (Some("p+1"),    0,     Some(0),  "nor is a sign"),
            (Some("p4"),     0,     None,     "the device has four ports"),
            (None,           4,     None,     "by place as well"),
            (Some("p99999999999999999999"), 0, None, "a number of any size is refused"),
        ];
        for (name, position, port, because) in rows {
            let interface = Interface {
                name: name.map(str::to_owned),
                position,
                link_type: LinkType::ETHERNET,
            };
            let found = port_of(&interface, 4).ok().map(PortId::number);
            assert_eq!(found, port, "{name:?}: {because}");
        }
    }
}
