//! The law of all stories: every request is accounted for. What was counted, what was logged, what was
//! told and the metrics are four ledgers of the same requests, and agree at the end of every story.

use switchlab_core::Device;

use crate::world::World;

/// What an access log says of one request.
struct Line {
    status: u16,
    /// The target's status; `None` of an answer that the switch made itself, or that never came.
    target_status: Option<u16>,
    has_target: bool,
    octets: u64,
}

impl Line {
    fn read(line: &str) -> Self {
        let fields: Vec<&str> = line.splitn(13, ' ').collect();
        let octets = |field: &str| field.parse::<u64>().expect("a number of octets");
        Self {
            status: fields[8].parse().expect("a status"),
            target_status: fields[9].parse().ok(),
            has_target: fields[4] != "-",
            octets: octets(fields[10]) + octets(fields[11]),
        }
    }
}

/// The status that nobody is sent: the client had gone.
const GONE: u16 = 460;

impl World {
    /// Holds the ledgers against each other.
    fn balance(&self) {
        let count = |counter| self.count("alb", counter);
        let asked = count("requests") + count("rejected");
        let under_way = self.under_way();
        let told: Vec<u16> = self.answers().iter().map(|(status, _)| *status).collect();
        let of_class = |statuses: &[u16], class: u16| {
            statuses
                .iter()
                .filter(|status| **status / 100 == class)
                .count() as u64
        };
        let classes = [(1, "1xx"), (2, "2xx"), (3, "3xx"), (4, "4xx"), (5, "5xx")];
        for (class, counter) in classes {
            assert_eq!(
                of_class(&told, class),
                count(counter),
                "told and counted: {counter}"
            );
        }
        // Counters alone tell it: each request is answered once, or its client has gone.
        let answered: u64 = classes.iter().map(|(_, counter)| count(counter)).sum();
        let settled = answered + count("gone");
        // What is under way may have been answered as far as its head.
        assert!(
            (settled..=settled + under_way).contains(&asked),
            "of {asked} requests {settled} are settled and {under_way} under way"
        );
        assert!(count("cut") <= answered, "what is cut was answered");
        if !self.logs {
            return;
        }
        let lines: Vec<Line> = self.log().iter().map(|line| Line::read(line)).collect();
        assert_eq!(
            lines.len() as u64 + under_way,
            asked,
            "each request has one line, or is under way"
        );
        let octets: u64 = lines.iter().map(|line| line.octets).sum();
        assert_eq!(octets, count("ProcessedBytes"), "octets logged and counted");
        let gone = lines
            .iter()
            .filter(|line| line.status == GONE && line.target_status.is_none())
            .count();
        assert_eq!(gone as u64, count("gone"), "logged as gone and counted");
        let sent = lines.iter().filter(|line| line.has_target).count() as u64;
        assert_eq!(sent + under_way, count("RequestCount"), "who had a target");
        let own: Vec<u16> = lines
            .iter()
            .filter(|line| line.target_status.is_none())
            .map(|line| line.status)
            .collect();
        for (class, counter) in [
            (3, "HTTPCode_ELB_3XX_Count"),
            (4, "HTTPCode_ELB_4XX_Count"),
            (5, "HTTPCode_ELB_5XX_Count"),
        ] {
            assert_eq!(
                of_class(&own, class),
                count(counter),
                "the switch's own: {counter}"
            );
        }
        if under_way > 0 {
            return;
        }
        let mut logged: Vec<u16> = lines.iter().map(|line| line.status).collect();
        logged.retain(|status| *status != GONE);
        let mut told = told;
        told.sort_unstable();
        logged.sort_unstable();
        assert_eq!(logged, told, "told and logged");
        let sum = |counter: &str| {
            let apps = self.switch.counters().apps;
            let its = apps.iter().filter(|app| app.counter == counter);
            its.map(|app| app.value).sum::<u64>()
        };
        let targets: Vec<u16> = lines.iter().filter_map(|line| line.target_status).collect();
        for (class, counter) in [
            (2, "HTTPCode_Target_2XX_Count"),
            (3, "HTTPCode_Target_3XX_Count"),
            (4, "HTTPCode_Target_4XX_Count"),
            (5, "HTTPCode_Target_5XX_Count"),
        ] {
            assert_eq!(
                of_class(&targets, class),
                sum(counter),
                "the targets' own: {counter}"
            );
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.balance();
        }
    }
}
