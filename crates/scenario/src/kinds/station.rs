//! What everything with an IP interface has in common.

use std::ops::Range;

use switchlab_ip::{Interface, InterfaceConfig, InterfaceError};

use super::Context;
use crate::read::Section;

/// Says what is wrong with the settings of an interface.
pub(super) fn check(
    config: &InterfaceConfig,
    place: impl FnOnce(&InterfaceError) -> Range<usize>,
    context: &mut Context<'_>,
) -> Option<()> {
    let error = Interface::new(config.clone()).err();
    if let Some(error) = &error {
        context.refused(&place(error), error);
    }
    error.is_none().then_some(())
}

/// The place of what is wrong with an interface, whose addresses stand behind this key.
pub(super) fn interface_place(
    table: &Section<'_>,
    addresses: &str,
    error: &InterfaceError,
) -> Range<usize> {
    table.place(match error {
        InterfaceError::Mac { .. } => "mac",
        InterfaceError::Mtu { .. } => "mtu",
        _ => addresses,
    })
}
