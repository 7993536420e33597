//! A domain name.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use domain::base::name::{FlattenInto, Name, ParsedName, ToName};

/// A domain name, always absolute: up to 255 octets in labels of up to 63 (RFC 1035 §2.3.4).
///
/// Names that differ in upper and lower case alone are equal (RFC 4343). They are ordered from the root, so
/// that all names of a zone stand together, its own first. Shown without the dot at the end.
///
/// ```
/// use switchlab_dns::DnsName;
///
/// let shop: DnsName = "Shop.example".parse()?;
/// let zone: DnsName = "example.".parse()?;
/// assert_eq!(shop, "shop.EXAMPLE".parse()?);
/// assert!(shop.is_in(&zone) && zone.is_in(&zone) && !zone.is_in(&shop));
/// assert_eq!((shop.parent(), shop.to_string()), (Some(zone), "Shop.example".to_owned()));
/// # Ok::<(), switchlab_dns::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsName(pub(crate) Name<Bytes>);

/// Why a text is no domain name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError(String);

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no domain name: {}", self.0)
    }
}

impl std::error::Error for NameError {}

impl DnsName {
    /// Whether it is `zone` or a name below it.
    #[must_use]
    pub fn is_in(&self, zone: &Self) -> bool {
        self.0.ends_with(&zone.0)
    }

    /// The name without its first label; `None` of the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.parent().map(Self)
    }

    /// The name with `*` in place of its first label (RFC 4592): what answers for names that are not there.
    #[must_use]
    pub fn wildcard(&self) -> Option<Self> {
        let parent = self.parent()?;
        let text = format!("*.{parent}");
        text.parse().ok()
    }

    pub(crate) fn of(name: ParsedName<&[u8]>) -> Self {
        let name: Name<Vec<u8>> = name
            .try_flatten_into()
            .unwrap_or_else(|never| match never {});
        Self(name.to_bytes())
    }
}

impl FromStr for DnsName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError("it is empty".to_owned()));
        }
        Name::bytes_from_str(text)
            .map(Self)
            .map_err(|error| NameError(error.to_string()))
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_root() {
            return f.write_str(".");
        }
        self.0.fmt(f)
    }
}
