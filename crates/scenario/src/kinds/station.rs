//! What hosts and balancers have in common: interfaces, and a gateway.

use switchlab_ip::InterfaceError;

/// The key of `[[interface]]` that an error is about.
pub(super) const fn interface_key(error: &InterfaceError) -> &'static str {
    match error {
        InterfaceError::Mac { .. } => "mac",
        InterfaceError::Mtu { .. } => "mtu",
        _ => "addresses",
    }
}
