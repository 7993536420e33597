//! What a head says about the trailers behind its body.

use std::borrow::Cow;

use switchlab_http::{Fields, Framing};

use crate::headers::is_plain_name;

/// Which trailers do not go on, besides those that never do: [`BodyReader::trailers`].
///
/// [`BodyReader::trailers`]: switchlab_http::BodyReader::trailers
#[derive(Debug, Clone, Default)]
pub(crate) struct TrailerRule {
    /// The `Connection` fields of the head: what they name is for the next hop alone.
    connection: Fields,
    /// Whether names go that hold anything but letters, digits and `-`, as in the head.
    drops_invalid: bool,
}

impl TrailerRule {
    /// The rule of a head as it came, before anything is taken away.
    pub(crate) fn of(fields: &Fields, framing: Framing, drops_invalid: bool) -> Self {
        let mut connection = Fields::new();
        if framing == Framing::Chunked {
            for value in fields.get_all("connection") {
                connection.add("Connection", value);
            }
        }
        Self {
            connection,
            drops_invalid,
        }
    }

    /// The trailers that go on.
    pub(crate) fn apply<'a>(&self, trailers: &'a Fields) -> Cow<'a, Fields> {
        let goes_on = |name: &str| {
            let is_dropped = self.drops_invalid && !is_plain_name(name);
            !is_dropped && !self.connection.lists("connection", name)
        };
        if trailers.iter().all(|(name, _)| goes_on(name)) {
            return Cow::Borrowed(trailers);
        }
        let mut rest = trailers.clone();
        rest.retain(goes_on);
        Cow::Owned(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_are_bound_by_what_their_head_says() {
        #[rustfmt::skip]
        let rows = [
            (&["close"][..],        false, "X-A, X_B, Y", "nothing is named"),
            (&["X-A"],              false, "X_B, Y",      "for us alone"),
            (&["close, y", "x-a"],  false, "X_B",         "on any line, in any case"),
            (&[],                   true,  "X-A, Y",      "dropped for its name"),
            (&["Y"],                true,  "X-A",         "both"),
        ];
        let mut trailers = Fields::new();
        for name in ["X-A", "X_B", "Y"] {
            trailers.append(name, "1").unwrap();
        }
        for (connection, drops_invalid, expected, because) in rows {
            let mut fields = Fields::new();
            for value in connection {
                fields.append("Connection", value).unwrap();
            }
            let rule = TrailerRule::of(&fields, Framing::Chunked, drops_invalid);
            let passed = rule.apply(&trailers);
            let names: Vec<_> = passed.iter().map(|(name, _)| name).collect();
            assert_eq!(names.join(", "), expected, "{because}");
        }
    }
}
