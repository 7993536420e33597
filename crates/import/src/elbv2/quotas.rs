//! Quotas that ELB has raised for an account, and how an importer is told.

use std::fmt;
use std::str::FromStr;

use switchlab_l7::{Code, L7Error, Quotas};

/// A quota that ELB has raised for an account, read from `NAME=NUMBER` as in `rules=200`.
///
/// Names are those of a lab's `quotas`. ELB raises `listeners`, `rules`, `targets`,
/// `targets_per_target_group` and `certificates`, each from the default of
/// [`Quotas`] upwards; all others are the same for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    name: &'static str,
    most: u32,
}

/// Why a text is no raised quota.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    /// It is not written as one.
    #[error("{0:?} is not written as NAME=NUMBER; rules=200 would be right")]
    Form(String),
    /// There is no quota of this name.
    #[error("there is no quota {0:?}; {names} can be raised", names = Names)]
    Unknown(String),
    /// ELB does not raise it.
    #[error("ELB raises {0} for nobody; {names} can be raised", names = Names)]
    Fixed(&'static str),
    /// It is no number, or less than what everybody has.
    #[error(
        "{name} is {given:?}; a whole number from {least}, which everybody has, to 4294967295 would be right"
    )]
    Number {
        /// The quota.
        name: &'static str,
        /// What was given for it.
        given: String,
        /// ELB's default.
        least: usize,
    },
}

/// The names of the quotas that can be raised.
struct Names;

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Quotas::RAISED.join(", "))
    }
}

impl Quota {
    /// What it is called in a lab.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How many there may be.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.most
    }

    pub(super) fn raise(&self, quotas: &mut Quotas) {
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        for (name, quota) in quotas.by_name() {
            if name == self.name {
                *quota = most;
            }
        }
    }
}

impl FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        let form = || QuotaError::Form(text.to_owned());
        let (given, number) = text.split_once('=').ok_or_else(form)?;
        let mut quotas = Quotas::default();
        let all = quotas.by_name();
        let known = all.into_iter().find(|(name, _)| *name == given);
        let (name, least) = known.ok_or_else(|| QuotaError::Unknown(given.to_owned()))?;
        if !Quotas::RAISED.contains(&name) {
            return Err(QuotaError::Fixed(name));
        }
        let is_enough = |most: &u32| usize::try_from(*most).is_ok_and(|most| most >= *least);
        match super::shapes::whole(number).filter(is_enough) {
            Some(most) => Ok(Self { name, most }),
            None => Err(QuotaError::Number {
                name,
                given: number.to_owned(),
                least: *least,
            }),
        }
    }
}

/// The quota that would have to be raised for this to be right, if it is one that ELB raises.
pub(super) fn of(error: &L7Error) -> Option<&'static str> {
    let (what, code) = match error {
        L7Error::TooMany { what, code, .. } => (*what, *code),
        L7Error::GroupSetting { code, .. } => ("targets_per_target_group", *code),
        L7Error::Listener { key, code, .. } => (*key, *code),
        _ => return None,
    };
    let is_too_many = matches!(
        code,
        Code::TooManyListeners
            | Code::TooManyRules
            | Code::TooManyTargets
            | Code::TooManyCertificates
    );
    Quotas::RAISED
        .into_iter()
        .find(|name| is_too_many && *name == what)
}
