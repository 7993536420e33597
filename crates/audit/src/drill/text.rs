//! A drill as a page.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Drill, Failure, Outage};

/// A span in seconds, as people write it.
pub(super) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

impl Drill {
    /// The drill as a person reads it: failures that somebody saw, with who saw what; then those that nobody did.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{}: each node and link is gone from {} to {}; runs end at {}\n",
            self.lab,
            seconds(self.at),
            seconds(self.back),
            seconds(self.end)
        );
        let is_seen = |it: &&Failure| {
            it.clients
                .iter()
                .any(|client| client.lost > 0 || client.because.is_some())
        };
        for failure in self.failures.iter().filter(is_seen) {
            failure.write(&mut text);
        }
        let quiet = || self.failures.iter().filter(|it| !is_seen(it));
        let is_alone = |it: &&Failure| it.nodes.len() + it.links.len() == 1;
        let mut rest: Vec<_> = quiet().filter(is_alone).map(Failure::name).collect();
        match quiet().count() - rest.len() {
            0 => {}
            1 => rest.push("one pair of parts".to_owned()),
            pairs => rest.push(format!("{pairs} pairs of parts")),
        }
        if !rest.is_empty() {
            let _ = writeln!(text, "\nno request was lost without: {}", rest.join(", "));
        }
        let mut clients = self.failures.iter().flat_map(|it| &it.clients);
        if clients.all(|client| client.asked == 0) {
            text += "\nNobody asked anything while parts were gone: `--at` and `--gone` say when that is.\n";
        }
        text
    }
}

impl Outage {
    /// How long it was, and whether somebody answered meanwhile.
    pub(super) fn in_words(&self) -> String {
        let how = match self.answered {
            0 => "dark",
            _ => "unsteady",
        };
        match self.outage {
            Some(outage) => format!("{how} for {}", seconds(outage)),
            None => format!("{how} to the end"),
        }
    }
}

impl Failure {
    /// What was gone.
    fn name(&self) -> String {
        let links = self.links.iter().map(|ends| ends.join(" - "));
        self.nodes
            .iter()
            .cloned()
            .chain(links)
            .collect::<Vec<_>>()
            .join(" and ")
    }

    fn write(&self, text: &mut String) {
        let _ = write!(text, "\nwithout {}\n", self.name());
        for outage @ Outage {
            client,
            asked,
            lost,
            on_paper,
            because,
            ..
        } in &self.clients
        {
            let paper = if *on_paper == Some(true) && *lost > 0 {
                ", as on paper"
            } else {
                ""
            };
            let _ = write!(text, "  {client}  {asked} asked, {lost} lost");
            if *lost > 0 {
                let _ = write!(text, ", {}", outage.in_words());
            }
            let _ = writeln!(text, "{paper}");
            if let Some(because) = because {
                let _ = writeln!(text, "    {because}");
            }
        }
        let detected = self
            .detected
            .map(|it| format!("detected after {}", seconds(it)));
        let recovered = match self.recovered {
            Some(time) => format!("recovered {} after it was back", seconds(time)),
            None => "not recovered at the end".to_owned(),
        };
        let _ = writeln!(
            text,
            "  {}{recovered}",
            detected.map_or_else(String::new, |it| it + ", ")
        );
    }
}
