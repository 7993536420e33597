//! Dates as HTTP writes them.

/// A moment, in seconds since 1970-01-01T00:00:00Z, as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
///
/// Years past 9999 are written with as many digits as they need.
#[must_use]
pub fn http_date(unix_seconds: u64) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (days, second) = (unix_seconds / 86_400, unix_seconds % 86_400);
    let weekday = WEEKDAYS[(days % 7) as usize];
    // Years that begin in March put the leap day at their end; 400 of them have 146 097 days.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    let year = era * 400 + year_of_era + u64::from(month < 2);
    format!(
        "{weekday}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        MONTHS[month as usize],
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_the_standard_shows_them() {
        #[rustfmt::skip]
        let rows = [
            (784_111_777,   "Sun, 06 Nov 1994 08:49:37 GMT", "the standard's own example"),
            (0,             "Thu, 01 Jan 1970 00:00:00 GMT", "the epoch"),
            (951_782_400,   "Tue, 29 Feb 2000 00:00:00 GMT", "a leap day of a century"),
            (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT", "a lab's first day"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT", "a century that has no leap day"),
        ];
        for (seconds, text, because) in rows {
            assert_eq!(http_date(seconds), text, "{because}");
        }
    }
}
