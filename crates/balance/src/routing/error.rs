//! Why some records cannot stand together.

use super::{MOST_WEIGHTED, Routing};

/// Why some records of one name and type cannot stand together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RoutingError {
    /// They follow several policies.
    #[error("records of one name and type follow one policy, not {first} and {second}")]
    Mixed {
        /// The policy of the first record.
        first: &'static str,
        /// That of another.
        second: &'static str,
    },
    /// Something may stand once only.
    #[error("{what} stands twice among the records of one name and type; once would be right")]
    Twice {
        /// What.
        what: String,
    },
    /// A weighted group has too many records.
    #[error(
        "there are {count} weighted records of one name and type; at most {MOST_WEIGHTED} would be right"
    )]
    TooMany {
        /// How many.
        count: usize,
    },
}

/// Finds the first thing that is not right.
pub(super) fn judge(records: &[Routing]) -> Result<(), RoutingError> {
    for (at, routing) in records.iter().enumerate() {
        let (first, second) = (records[0].policy(), routing.policy());
        if first != second {
            return Err(RoutingError::Mixed { first, second });
        }
        let what = match routing {
            Routing::Simple => "a simple record".to_owned(),
            Routing::Latency(region) => format!("the region {region:?}"),
            Routing::Primary => "the primary record".to_owned(),
            Routing::Secondary => "the secondary record".to_owned(),
            Routing::Geolocation(area) => format!("the area {area}"),
            Routing::Weighted(_) | Routing::Multivalue => continue,
        };
        if records[..at].contains(routing) {
            return Err(RoutingError::Twice { what });
        }
    }
    match records.first() {
        Some(Routing::Weighted(_)) if records.len() > MOST_WEIGHTED => Err(RoutingError::TooMany {
            count: records.len(),
        }),
        _ => Ok(()),
    }
}
