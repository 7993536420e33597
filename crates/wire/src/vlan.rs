//! VLAN identifiers and tags, IEEE 802.1Q-2018 clause 9.

use std::fmt;

use crate::EtherType;
use crate::field::u16_at;

/// The number of a VLAN, 1 to 4094 (IEEE 802.1Q-2018, 9.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VlanId(u16);

impl VlanId {
    /// VLAN 1, which IEEE 802.1Q-2018, 9.6 gives every port by default.
    pub const DEFAULT: Self = Self(1);
    /// The lowest number.
    pub const MIN: Self = Self(1);
    /// The highest number.
    pub const MAX: Self = Self(4094);

    /// The number.
    #[must_use]
    #[inline]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for VlanId {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for VlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A number that names no VLAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{number} is not a VLAN: they are numbered from 1 to 4094")]
pub struct VlanIdError {
    /// The number as given.
    pub number: u16,
}

impl TryFrom<u16> for VlanId {
    type Error = VlanIdError;

    #[inline]
    fn try_from(number: u16) -> Result<Self, Self::Error> {
        if (Self::MIN.0..=Self::MAX.0).contains(&number) {
            Ok(Self(number))
        } else {
            Err(VlanIdError { number })
        }
    }
}

impl From<VlanId> for u16 {
    fn from(vlan: VlanId) -> Self {
        vlan.0
    }
}

/// A VLAN tag: tag protocol identifier and tag control information, IEEE 802.1Q-2018, 9.3 to 9.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VlanTag {
    /// Which kind of tag: [`EtherType::VLAN`] or [`EtherType::SERVICE_VLAN`].
    pub tpid: EtherType,
    /// Priority code point, 0 to 7.
    pub pcp: u8,
    /// Drop eligible indicator.
    pub dei: bool,
    /// VLAN identifier as it stands on the wire, 0 to 4095: 0 is a priority tag, 4095 is reserved.
    pub vid: u16,
}

impl VlanTag {
    /// Octets of a tag.
    pub const LEN: usize = 4;

    /// A customer tag of priority 0.
    #[must_use]
    pub const fn customer(vlan: VlanId) -> Self {
        Self {
            tpid: EtherType::VLAN,
            pcp: 0,
            dei: false,
            vid: vlan.get(),
        }
    }

    /// A service tag of priority 0.
    #[must_use]
    pub const fn service(vlan: VlanId) -> Self {
        Self {
            tpid: EtherType::SERVICE_VLAN,
            pcp: 0,
            dei: false,
            vid: vlan.get(),
        }
    }

    /// The VLAN this tag puts the frame into; `None` for a priority tag and the reserved 4095.
    #[must_use]
    #[inline]
    pub fn vlan(&self) -> Option<VlanId> {
        VlanId::try_from(self.vid).ok()
    }

    /// Whether the tag carries a priority but no VLAN, so that the frame counts as untagged
    /// (IEEE 802.1Q-2018, 6.9.1).
    #[must_use]
    #[inline]
    pub const fn is_priority(&self) -> bool {
        self.vid == 0
    }

    /// Reads a tag.
    #[must_use]
    #[inline]
    pub fn from_octets(octets: [u8; Self::LEN]) -> Self {
        let control = u16_at(&octets, 2);
        Self {
            tpid: EtherType(u16_at(&octets, 0)),
            pcp: (control >> 13) as u8,
            dei: control & 0x1000 != 0,
            vid: control & 0x0fff,
        }
    }

    /// The tag on the wire. Bits too many in `pcp` and `vid` are cut off.
    #[must_use]
    #[inline]
    pub const fn to_octets(self) -> [u8; Self::LEN] {
        let control = (self.pcp as u16) << 13 | (self.dei as u16) << 12 | self.vid & 0x0fff;
        let ([a, b], [c, d]) = (self.tpid.0.to_be_bytes(), control.to_be_bytes());
        [a, b, c, d]
    }
}
