//! Why replies make no lab: what ELB would refuse, and what cannot be read or is not there.

use std::fmt;

use serde::Serialize;

/// Something that Elastic Load Balancing would not take, and says so with a code.
///
/// As JSON: an object with `code`, `resource` and `message`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[error("{resource}: {message} ({code})")]
pub struct Refusal {
    /// The error code of the API, as in `PriorityInUse`; `ValidationError` where the API has none of
    /// its own, and `NotSupported` for what ELB takes or may take, but no lab
    /// has.
    pub code: &'static str,
    /// The ARN of the resource; its name, if it has none.
    pub resource: String,
    /// What is not right.
    pub message: String,
}

impl Refusal {
    /// What all of these have in common, in a sentence without its stop.
    ///
    /// ELB goes on growing: what it did not take yesterday, it may list today.
    #[must_use]
    pub fn headline(all: &[Self]) -> &'static str {
        let unsupported = all.iter().filter(|it| it.code == NOT_SUPPORTED).count();
        match unsupported {
            0 => "Elastic Load Balancing, as far as switchlab knows it, would refuse this",
            some if some == all.len() => "switchlab does not support this",
            _ => {
                "Elastic Load Balancing, as far as switchlab knows it, would refuse this, or switchlab does not support it"
            }
        }
    }
}

/// A reply of which nothing can be made: a file that is none, an answer that cannot be told from others, or
/// one that is missing.
///
/// As JSON: an object with `code`, `resource` and `message`, as a [`Refusal`] has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{resource}: {message}")]
pub struct Unreadable {
    /// `MalformedReply` for what has not the shape of a reply, `UnnamedReply` for an answer that does not say
    /// whose it is, `MissingReply` for one that nobody gave. None of them is a code of the API.
    pub code: &'static str,
    /// The file; the ARN or name of what no reply tells.
    pub resource: String,
    /// What is not right, and what would be.
    pub message: String,
}

/// What has not the shape of a reply.
pub(super) const MALFORMED: &str = "MalformedReply";
/// An answer that does not say whose it is.
pub(super) const UNNAMED: &str = "UnnamedReply";
/// A reply without which there is no lab, and which nobody gave.
pub(super) const MISSING: &str = "MissingReply";

/// What ELB takes, but no lab has.
pub(super) const NOT_SUPPORTED: &str = "NotSupported";

/// Why there is no lab: everything that is wrong, at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportError {
    /// Files that cannot be read and replies that are missing, in the order given.
    Unreadable(Vec<Unreadable>),
    /// What ELB would refuse, in the order of the resources.
    Refused(Vec<Refusal>),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, lines): (_, Vec<String>) = match self {
            Self::Unreadable(files) => (
                "these replies make no lab",
                files.iter().map(ToString::to_string).collect(),
            ),
            Self::Refused(refusals) => (
                Refusal::headline(refusals),
                refusals.iter().map(ToString::to_string).collect(),
            ),
        };
        write!(f, "{what}:")?;
        lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for ImportError {}

/// The refusals found so far.
#[derive(Debug, Default)]
pub(super) struct Refusals(Vec<Refusal>);

/// A resource while it is looked at: what is wrong with it goes into the refusals under its name.
pub(super) struct Court<'r> {
    refusals: &'r mut Refusals,
    resource: String,
}

impl Refusals {
    /// Opens the case of a resource.
    pub(super) fn of(&mut self, resource: &str) -> Court<'_> {
        Court {
            refusals: self,
            resource: resource.to_owned(),
        }
    }

    /// The refusals so far.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Refusal> {
        self.0.iter()
    }

    /// Whether something has been said of this resource.
    pub(super) fn concern(&self, resource: &str) -> bool {
        self.iter().any(|refusal| refusal.resource == resource)
    }

    /// All of them, each once.
    pub(super) fn into_vec(self) -> Vec<Refusal> {
        let mut all = Vec::new();
        for refusal in self.0 {
            if !all.contains(&refusal) {
                all.push(refusal);
            }
        }
        all
    }
}

impl Court<'_> {
    /// Notes a refusal with a code of the API.
    pub(super) fn refuse(&mut self, code: &'static str, message: impl Into<String>) {
        self.refusals.0.push(Refusal {
            code,
            resource: self.resource.clone(),
            message: message.into(),
        });
    }

    /// Notes a refusal for which the API has no code of its own.
    pub(super) fn invalid(&mut self, message: impl Into<String>) {
        self.refuse("ValidationError", message);
    }

    /// Whether the value is one of these; if not, that is a refusal.
    pub(super) fn one_of(&mut self, member: &str, value: &str, known: &[&str]) -> bool {
        let is_known = known.contains(&value);
        if !is_known {
            let known = known.join(", ");
            self.unsatisfied(member, value, &format!("satisfy enum value set: [{known}]"));
        }
        is_known
    }

    /// Refuses a number outside its range.
    pub(super) fn range(&mut self, member: &str, value: i64, least: i64, most: i64) {
        let value_text = value.to_string();
        if value < least {
            let must = format!("have value greater than or equal to {least}");
            self.unsatisfied(member, &value_text, &must);
        } else if value > most {
            let must = format!("have value less than or equal to {most}");
            self.unsatisfied(member, &value_text, &must);
        }
    }

    /// Refuses a value for a constraint of the API's model, in the API's words.
    pub(super) fn unsatisfied(&mut self, member: &str, value: &str, must: &str) {
        self.invalid(format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {must}"
        ));
    }
}
