//! Where somebody asks from, and for whom a record is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The continents of Route 53: Africa, Antarctica, Asia, Europe, Oceania, North and South America.
const CONTINENTS: [&str; 7] = ["AF", "AN", "AS", "EU", "OC", "NA", "SA"];

/// Where somebody is, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The continent, by the code of Route 53: `AS`.
    pub continent: Option<Arc<str>>,
    /// The country, by ISO 3166-1: `KR`.
    pub country: Option<Arc<str>>,
    /// The state or province, by ISO 3166-2 without the country: `CA` in the United States.
    pub subdivision: Option<Arc<str>>,
}

/// For whom a record is: Route 53 API, `GeoLocation`.
///
/// Written `*`, `continent:AS`, `KR` and `US-CA`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Area {
    /// A state or province of a country.
    Subdivision(Arc<str>, Arc<str>),
    /// A country.
    Country(Arc<str>),
    /// A continent.
    Continent(Arc<str>),
    /// Everybody whom no smaller area has, those included of whom nobody knows where they are.
    Everywhere,
}

impl Area {
    /// Whether the place lies here.
    #[must_use]
    pub fn has(&self, place: &Place) -> bool {
        match self {
            Self::Subdivision(country, subdivision) => {
                place.country.as_ref() == Some(country)
                    && place.subdivision.as_ref() == Some(subdivision)
            }
            Self::Country(country) => place.country.as_ref() == Some(country),
            Self::Continent(continent) => place.continent.as_ref() == Some(continent),
            Self::Everywhere => true,
        }
    }

    /// From the smallest kind of area to the largest.
    pub(super) const fn extent(&self) -> u8 {
        match self {
            Self::Subdivision(..) => 0,
            Self::Country(_) => 1,
            Self::Continent(_) => 2,
            Self::Everywhere => 3,
        }
    }
}

impl FromStr for Area {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_country =
            |code: &str| code.len() == 2 && code.bytes().all(|it| it.is_ascii_uppercase());
        if text == "*" {
            return Ok(Self::Everywhere);
        }
        if let Some(continent) = text.strip_prefix("continent:") {
            return match CONTINENTS.contains(&continent) {
                true => Ok(Self::Continent(continent.into())),
                false => Err(format!(
                    "{continent:?} is no continent; {} are",
                    CONTINENTS.join(", ")
                )),
            };
        }
        match text.split_once('-') {
            Some((country, subdivision)) if is_country(country) && !subdivision.is_empty() => {
                Ok(Self::Subdivision(country.into(), subdivision.into()))
            }
            None if is_country(text) => Ok(Self::Country(text.into())),
            _ => Err(format!("{text:?} is no area")),
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subdivision(country, subdivision) => write!(f, "{country}-{subdivision}"),
            Self::Country(country) => f.write_str(country),
            Self::Continent(continent) => write!(f, "continent:{continent}"),
            Self::Everywhere => f.write_str("*"),
        }
    }
}
