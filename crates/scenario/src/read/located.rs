//! Values and their places.

use std::net::IpAddr;
use std::ops::Range;

use ipnet::IpNet;

/// A value and its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

impl<T> Located<T> {
    /// Another value at the same place.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Located<U> {
        Located {
            value: change(self.value),
            span: self.span,
        }
    }
}

impl<T> Located<T> {
    /// A look at the value, at its place.
    pub(crate) fn as_ref(&self) -> Located<&T> {
        Located {
            value: &self.value,
            span: self.span.clone(),
        }
    }
}

impl Located<IpNet> {
    /// The address without the length of its prefix.
    pub(crate) fn address(&self) -> Located<IpAddr> {
        Located {
            value: self.value.addr(),
            span: self.span.clone(),
        }
    }
}
