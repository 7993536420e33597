//! Regions: where they are, and how long it takes from one to another.

use std::time::Duration;

/// A region, by its name in AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// The name: `ap-northeast-2`.
    pub name: &'static str,
    /// Where it is: `Seoul`.
    pub city: &'static str,
    /// The continent, by the code of Route 53: `AS`.
    pub continent: &'static str,
    /// The country, by ISO 3166-1: `KR`.
    pub country: &'static str,
    /// The state, by ISO 3166-2 without the country, where Route 53 knows states.
    pub subdivision: Option<&'static str>,
}

/// The regions whose distances are known.
pub const REGIONS: [Region; 10] = [
    region("us-east-1", "N. Virginia", "NA", "US", Some("VA")),
    region("us-west-1", "N. California", "NA", "US", Some("CA")),
    region("us-west-2", "Oregon", "NA", "US", Some("OR")),
    region("eu-west-1", "Ireland", "EU", "IE", None),
    region("eu-central-1", "Frankfurt", "EU", "DE", None),
    region("ap-northeast-1", "Tokyo", "AS", "JP", None),
    region("ap-northeast-2", "Seoul", "AS", "KR", None),
    region("ap-southeast-1", "Singapore", "AS", "SG", None),
    region("ap-southeast-2", "Sydney", "OC", "AU", None),
    region("sa-east-1", "São Paulo", "SA", "BR", None),
];

const fn region(
    name: &'static str,
    city: &'static str,
    continent: &'static str,
    country: &'static str,
    subdivision: Option<&'static str>,
) -> Region {
    Region {
        name,
        city,
        continent,
        country,
        subdivision,
    }
}

/// Round trips between regions in tenths of a millisecond, below the diagonal, in the order of [`REGIONS`].
///
/// Averages of pings between EC2 instances, both directions taken together: "Latency Between AWS Global Regions",
/// as tabulated in A Computer Scientist Learns AWS, "AWS Regions", April 2017
/// (acomputerscientistlearnsaws.blogspot.com/2017/04/aws-regions.html). Seoul–Tokyo: 31.44 ms and 31.32 ms.
#[rustfmt::skip]
const ROUND_TRIPS: [&[u16]; 10] = [
    &[],
    &[722],
    &[878, 193],
    &[805, 1532, 1370],
    &[886, 1666, 1595, 196],
    &[1453, 1025, 891, 2124, 2366],
    &[1775, 1321, 1183, 2424, 2658, 314],
    &[2167, 1740, 1614, 2386, 3259, 738, 716],
    &[2299, 1577, 1621, 3096, 3234, 1039, 1340, 1754],
    &[1195, 1927, 1827, 1913, 1949, 2568, 2863, 3281, 3225],
];

impl Region {
    /// The region of this name, if its distances are known.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        REGIONS.into_iter().find(|region| region.name == name)
    }

    /// How long it takes to another region and back; no time within one.
    #[must_use]
    pub fn round_trip(&self, other: &Self) -> Duration {
        let place = |it: &Self| REGIONS.iter().position(|region| region == it);
        let (Some(a), Some(b)) = (place(self), place(other)) else {
            unreachable!("there are no regions but these");
        };
        let tenths = ROUND_TRIPS[a.max(b)].get(a.min(b)).copied().unwrap_or(0);
        Duration::from_micros(u64::from(tenths) * 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_table() {
        let find = |name| Region::find(name).expect("known");
        #[rustfmt::skip]
        let rows = [
            ("ap-northeast-2", "ap-northeast-1", 31_400,  "Seoul and Tokyo"),
            ("ap-northeast-1", "ap-northeast-2", 31_400,  "and back"),
            ("us-east-1",      "ap-northeast-2", 177_500, "the far side of the world"),
            ("sa-east-1",      "ap-southeast-2", 322_500, "the last of the table"),
            ("eu-west-1",      "eu-west-1",      0,       "at home"),
        ];
        for (a, b, microseconds, because) in rows {
            let round_trip = find(a).round_trip(&find(b));
            assert_eq!(round_trip, Duration::from_micros(microseconds), "{because}");
        }
        assert_eq!(Region::find("mars-1"), None);
    }

    #[test]
    fn every_pair_has_a_distance() {
        for (at, row) in ROUND_TRIPS.iter().enumerate() {
            assert_eq!(row.len(), at, "{}", REGIONS[at].name);
            assert!(row.iter().all(|tenths| *tenths > 0));
        }
    }
}
