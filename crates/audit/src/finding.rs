//! What an audit finds: [`Finding`], and the [`Kind`]s there are.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Something about a lab that its owner would hardly have wanted.
///
/// As JSON: an object of these fields; what does not apply is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which kind of thing it is.
    pub kind: Kind,
    /// The node; of a link, the end that comes first.
    pub node: String,
    /// The link, by the nodes at its ends.
    pub link: Option<[String; 2]>,
    /// The listener, by its name.
    pub listener: Option<String>,
    /// The rule, by its priority.
    pub rule: Option<u32>,
    /// The rule that is the reason, by its priority; of several that are it together, the first.
    pub by: Option<u32>,
    /// The target group.
    pub group: Option<String>,
    /// The target, as `IP:PORT`.
    pub target: Option<String>,
    /// The place in the file, `FILE:LINE`.
    pub place: Option<String>,
    /// What was found, in a sentence.
    pub because: String,
    /// What to do about it, in a sentence.
    pub remedy: String,
}

/// Declares the kinds with what they are called and what they mean.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $kind:ident = $name:literal,)*) => {
        /// The kinds of findings, by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $($(#[doc = $doc])* $kind,)*
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name, as on the command line and in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// `shadowed-rule`: an earlier rule, or several together, take every request that this one would.
    ShadowedRule = "shadowed-rule",
    /// `unreachable-rule`: no request can fulfil its conditions.
    UnreachableRule = "unreachable-rule",
    /// `catch-all-before-specific`: a rule that takes everything stands before others.
    CatchAllBeforeSpecific = "catch-all-before-specific",
    /// `prefix-without-exact`: `/x/*` is there, but no path that names `/x`. Of gRPC it is no mistake.
    PrefixWithoutExact = "prefix-without-exact",
    /// `redirect-loop`: what the rule sends away comes to it again, and so on for ever.
    RedirectLoop = "redirect-loop",
    /// `no-weight`: all target groups that requests are shared among have weight 0.
    NoWeight = "no-weight",
    /// `limit`: of a quota at least four fifths are used.
    Limit = "limit",
    /// `unused-group`: no listener sends requests to the target group.
    UnusedGroup = "unused-group",
    /// `empty-group`: requests are sent to a group without targets, or without any in a zone it keeps to.
    EmptyGroup = "empty-group",
    /// `target-in-no-subnet`: no interface of the lab, and no zone, is in the target's subnet.
    TargetInNoSubnet = "target-in-no-subnet",
    /// `health-check-never-passes`: what is there at a target cannot pass its health check.
    HealthCheckNeverPasses = "health-check-never-passes",
    /// `timeouts-out-of-order`: a span that must be the longer one is not.
    TimeoutsOutOfOrder = "timeouts-out-of-order",
    /// `single-zone`: the service ends with one zone.
    SingleZone = "single-zone",
    /// `single-point-of-failure`: without this node or link some client gets no answer; in a graph, the graph falls apart.
    SinglePointOfFailure = "single-point-of-failure",
    /// `unlinked-node`: no link is plugged into the node.
    UnlinkedNode = "unlinked-node",
    /// `loop-without-spanning-tree`: bridged ports make a ring, in which a broadcast goes round for ever.
    LoopWithoutSpanningTree = "loop-without-spanning-tree",
    /// `duplicate-address`: two interfaces that hear each other have one MAC address.
    DuplicateAddress = "duplicate-address",
}

impl Finding {
    /// A finding of this kind about a node, of which nothing else is said yet.
    pub(crate) fn about(kind: Kind, node: &str) -> Self {
        Self {
            kind,
            node: node.to_owned(),
            link: None,
            listener: None,
            rule: None,
            by: None,
            group: None,
            target: None,
            place: None,
            because: String::new(),
            remedy: String::new(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A name that no kind of finding has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind;

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        write!(f, "there is {}", names.join(", "))
    }
}

impl std::error::Error for UnknownKind {}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let kinds = Self::ALL.iter().copied();
        kinds
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or(UnknownKind)
    }
}
